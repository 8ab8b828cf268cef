import { expect, test } from 'vitest'
import { startGroup } from '../alerts/alert-group.ts'
import type { AlertStep } from '../alerts/outbox.ts'
import { at, toAlert, toRoute, toSample } from '../alerts/testing/sample.ts'
import type { Store } from './store.ts'

const by = (second: number) => ({ actor: 'hub/test', time: at(second) })

const step = (change: Partial<AlertStep> = {}): AlertStep => ({
  cursor: 1,
  alerts: new Map(),
  groups: new Map(),
  deliveries: [],
  ...change,
})

const toDelivery = (target: string, groupKey: string, second = 0): AlertStep['deliveries'][number] => ({
  target,
  groupKey,
  notification: toSample(),
  created: at(second),
})

/** What every store has to do for alerts. */
export const describeAlertStore = (open: () => Promise<Store>): void => {
  test('alerts, groups and how far they came are as they were saved', async () => {
    await using store = await open()
    const group = startGroup({ groupKey: 'g', route: toRoute() }, new Date(at(0)))
    const empty = await store.loadAlerting()
    await store.saveAlerting(
      step({ cursor: 7, alerts: new Map([['web', toAlert('web')]]), groups: new Map([['g', group]]) }),
    )
    const first = await store.loadAlerting()
    const worse = toAlert('web', { times: 2 })
    await store.saveAlerting(
      step({ cursor: 9, alerts: new Map([['web', worse]]), groups: new Map([['g', undefined]]) }),
    )
    const second = await store.loadAlerting()
    await store.saveAlerting(step({ cursor: 9, alerts: new Map([['web', undefined]]) }))

    expect(empty).toEqual({ alerts: [], groups: [] })
    expect(first).toEqual({ cursor: 7, alerts: [toAlert('web')], groups: [group] })
    expect(second).toEqual({ cursor: 9, alerts: [worse], groups: [] })
    expect(await store.loadAlerting()).toEqual({ cursor: 9, alerts: [], groups: [] })
  })

  test('a step with very many alerts and messages is saved whole', async () => {
    await using store = await open()
    const alerts = Array.from({ length: 3_000 }, (_, index) => toAlert(`a${index}`))
    await store.saveAlerting(
      step({
        alerts: new Map(alerts.map((alert) => [alert.key, alert])),
        deliveries: alerts.slice(0, 1_200).map(({ key }) => toDelivery('t', key)),
      }),
    )
    const saved = await store.loadAlerting()
    await store.saveAlerting(step({ alerts: new Map(alerts.map(({ key }) => [key, undefined])) }))

    expect(saved.alerts).toHaveLength(3_000)
    expect(await store.countDeliveries()).toEqual([{ target: 't', state: 'pending', count: 1_200 }])
    expect((await store.loadAlerting()).alerts).toEqual([])
  })

  test('what is due first comes first, but nothing before an older one of its group', async () => {
    await using store = await open()
    await store.saveAlerting(
      step({
        deliveries: [
          toDelivery('t', 'g', 0),
          toDelivery('t', 'g', 1),
          toDelivery('t', 'h', 2),
          toDelivery('u', 'g', 3),
        ],
      }),
    )
    const ids = (await store.listDeliveries({})).map(({ id }) => id).toReversed()
    const next = async (target: string) => (await store.nextDelivery(target))?.id
    const first = await next('t')
    await store.noteAttempt(first as number, { due: at(60), error: 'it is broken' })
    const second = await next('t')
    await store.endDelivery(second as number, { ...by(1), state: 'sent' })
    const third = await store.nextDelivery('t')

    expect([first, second, third?.id]).toEqual([ids[0], ids[2], ids[0]])
    expect(third).toMatchObject({ attempts: 1, due: at(60), error: 'it is broken', state: 'pending' })
    expect(await next('u')).toBe(ids[3])
    expect(await next('nobody')).toBeUndefined()
    expect((await store.listPendingTargets()).toSorted()).toEqual(['t', 'u'])
  })

  test('what is given up is on the trail, and can be tried again once', async () => {
    await using store = await open()
    await store.saveAlerting(step({ deliveries: [toDelivery('t', 'g')] }))
    const id = (await store.nextDelivery('t'))?.id as number
    await store.endDelivery(id, { ...by(5), state: 'dead', error: 'answers 404' })
    const dead = await store.listDeliveries({ state: 'dead' })
    const retried = [await store.retryDelivery(id, by(9)), await store.retryDelivery(id, by(9))]

    expect(dead).toMatchObject([{ id, attempts: 1, ended: at(5), error: 'answers 404' }])
    expect(retried).toEqual([true, false])
    expect(await store.nextDelivery('t')).toMatchObject({ id, attempts: 0, created: at(9), due: at(9) })
    expect((await store.listAudit({})).map(({ type, subject, data }) => [type, subject, data])).toEqual([
      ['alert.undelivered', 't', { delivery: id, error: 'answers 404' }],
      ['alert.retried', 't', { delivery: id }],
    ])
  })

  test('what arrived is forgotten, what was given up or waits is not', async () => {
    await using store = await open()
    await store.saveAlerting(step({ deliveries: ['a', 'b', 'c', 'd'].map((group) => toDelivery('t', group)) }))
    const [d, c, b] = (await store.listDeliveries({})).map(({ id }) => id)
    await store.endDelivery(d as number, { ...by(1), state: 'sent' })
    await store.endDelivery(c as number, { ...by(100), state: 'sent' })
    await store.endDelivery(b as number, { ...by(1), state: 'dead', error: 'x' })
    await store.pruneDeliveries(at(50))

    expect((await store.listDeliveries({})).map(({ state }) => state).toSorted()).toEqual(['dead', 'pending', 'sent'])
    expect(await store.listDeliveries({ limit: 1 })).toHaveLength(1)
    expect(await store.listDeliveries({ id: b as number })).toMatchObject([{ state: 'dead' }])
  })

  test('a silence is in force until its time, or until it is ended, and on the trail', async () => {
    await using store = await open()
    const silence = { matchers: ['cluster="eu"'], actor: 'ann', reason: 'INC-1', started: at(0), until: at(60) }
    const made = await store.addSilence(silence)
    const other = await store.addSilence({ ...silence, until: at(10) })
    const inForce = await store.listSilences(at(5))
    const ended = await store.endSilence(made.id, { actor: 'bob', time: at(6) })

    expect(inForce).toEqual([made, other])
    expect(ended).toMatchObject({ id: made.id, ended: at(6) })
    expect(await store.endSilence(made.id, by(7))).toBeUndefined()
    expect(await store.endSilence(other.id, by(11))).toBeUndefined()
    expect(await store.listSilences(at(7))).toEqual([other])
    expect((await store.listAudit({})).map(({ type, actor, data }) => [type, actor, data.silence])).toEqual([
      ['alert.silenced', 'ann', made.id],
      ['alert.silenced', 'ann', other.id],
      ['alert.unsilenced', 'bob', made.id],
    ])
  })
}
