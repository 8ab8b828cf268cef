import { expect, test } from 'vitest'
import type { Alert } from '../../alerts/alert.ts'
import { toTestNotification } from '../../alerts/test-notification.ts'
import type { Store } from '../../store/store.ts'
import type { AlertView } from './alert-view.ts'

/** Alerts of a hub with a store that tests fill, at a time that stands still. */
export type ViewedAlerts = AsyncDisposable & {
  readonly view: AlertView
  readonly store: Store
  /** What the trail calls whoever uses the view. */
  readonly actor: string
  readonly now: Date
}

const AT = '2026-01-01T00:00:00.000Z'
const NOTIFICATION = toTestNotification({ policy: 'default', receiver: 'team', fleet: 'acme' }, new Date(AT))

const toAlert = (name: string): Alert => ({
  key: `drift/${name}`,
  labels: { alertname: 'LockstepDrift', severity: 'high', name },
  annotations: { summary: `${name} was changed`, change: '1 → 2' },
  startsAt: AT,
  times: 1,
  isNews: false,
  findings: [1, 2],
  folded: 0,
})

const fill = (store: Store, deliveries: number) =>
  store.saveAlerting({
    cursor: 1,
    alerts: new Map(['web', 'db'].map((name) => [`drift/${name}`, toAlert(name)])),
    groups: new Map(),
    deliveries: Array.from({ length: deliveries }, () => ({
      ...{ target: 'default/team/slack/0', groupKey: 'group', notification: NOTIFICATION, created: AT },
    })),
  })

/** What every view of alerts gives: exactly what the hub has. */
export const describeAlertView = (open: () => Promise<ViewedAlerts>): void => {
  test('gives alerts as they are', async () => {
    await using viewed = await open()
    await fill(viewed.store, 0)
    const alerts = await viewed.view.listAlerts()

    expect(alerts.toSorted((left, right) => (left.key < right.key ? -1 : 1))).toEqual([toAlert('db'), toAlert('web')])
  })

  test('gives notifications, the newest first, more than go on a page', async () => {
    await using viewed = await open()
    const { view, store } = viewed
    await fill(store, 600)
    const all = await view.listDeliveries({})

    expect(all).toEqual(await store.listDeliveries({}))
    expect(all).toHaveLength(600)
    expect((await view.listDeliveries({ limit: 2 })).map(({ id }) => id)).toEqual(all.slice(0, 2).map(({ id }) => id))
    expect(await view.listDeliveries({ state: 'dead' })).toEqual([])
  })

  test('tries again what was given up, and nothing else', async () => {
    await using viewed = await open()
    const { view, store, actor, now } = viewed
    await fill(store, 1)
    const [delivery] = await view.listDeliveries({})
    const id = delivery?.id as number
    expect(await view.retry(id)).toBe(false)
    await store.endDelivery(id, { state: 'dead', error: 'no', actor: 'hub/test', time: AT })

    expect(await view.listDeliveries({ state: 'dead' })).toMatchObject([{ id, error: 'no' }])
    expect([await view.retry(id), await view.retry(4711), await view.retry(-1)]).toEqual([true, false, false])
    expect(await view.listDeliveries({})).toMatchObject([{ id, state: 'pending', due: now.toISOString() }])
    expect((await store.listAudit({})).at(-1)).toMatchObject({ actor })
  })

  test('silences, and ends silences, in the name of who does', async () => {
    await using viewed = await open()
    const { view, actor, now } = viewed
    const made = await view.silence(['cluster="eu-1"', 'severity=~"low|info"'], { forMs: 60_000, reason: 'INC-1' })

    expect(made).toMatchObject({
      matchers: ['cluster="eu-1"', 'severity=~"low|info"'],
      ...{ actor, reason: 'INC-1', started: now.toISOString() },
      until: new Date(now.getTime() + 60_000).toISOString(),
    })
    expect(await view.listSilences()).toEqual([made])
    expect(await view.unsilence(4711)).toBeUndefined()
    expect(await view.unsilence(made.id)).toMatchObject({ id: made.id, ended: now.toISOString() })
    expect(await view.listSilences()).toEqual([])
  })
}
