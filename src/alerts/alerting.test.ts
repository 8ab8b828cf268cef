import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import { createVirtualClock, type VirtualClock } from '../base/virtual-clock.ts'
import { parseMatchers } from '../fleet/alert-matcher.ts'
import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts'
import type { Store } from '../store/store.ts'
import { type Alerting, startAlerting } from './alerting.ts'
import type { HubFacts } from './conditions.ts'
import type { Delivery } from './outbox.ts'
import { at, CONTEXT, toFinding, toPolicy, toReceiver, toRoute } from './testing/sample.ts'

const WEB = toFinding(0).object
let store: Store
let clock: VirtualClock
let alerting: Alerting | undefined
let facts: HubFacts
let failures: string[]

beforeEach(async () => {
  store = await openSqliteStore(':memory:', { clock: systemClock })
  clock = createVirtualClock(new Date(at(0)))
  facts = { revision: 'abc', clusters: [], suspensions: [] }
  failures = []
})
afterEach(async () => {
  await alerting?.[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const start = (policies: readonly ResolvedAlertPolicy[] | null = [toPolicy()], over: Partial<Store> = {}): void => {
  const used = { ...store, ...over }
  alerting = startAlerting({
    store: used,
    clock,
    listRecords: (after, limit) => store.listAudit({ after, limit }),
    readHead: store.readHead,
    listOpenFindings: async () =>
      (await store.listFindings({ isOpen: true })).map((found) => ({ ...found, time: found.firstSeen })),
    facts: () => facts,
    onDeliveries: () => undefined,
    log: (_, message, fields) => failures.push(`${message} ${JSON.stringify(fields)}`),
  })
  if (policies) alerting.setFleet({ policies, context: CONTEXT })
}
const stop = async (): Promise<void> => {
  await alerting?.[Symbol.asyncDispose]()
  alerting = undefined
}

/** Lets time pass, a little at a time, so that everything that is due happens in order. */
const pass = async (seconds: number): Promise<void> => {
  for (let tenth = 0; tenth < seconds * 10; tenth++) {
    clock.advance(100)
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  }
}
const now = (): string => clock.now().toISOString()
const find = (...findings: ReturnType<typeof toFinding>[]) =>
  store.saveFound({ cluster: 'eu', findings, time: now(), revision: 'abc' })
const outbox = async (): Promise<Delivery[]> => (await store.listDeliveries({})).toReversed()
const told = async (): Promise<string[]> =>
  (await outbox()).map(
    ({ notification: { status, reason, firing, resolved } }) => `${reason} ${status} ${firing}/${resolved}`,
  )

test('a finding comes from the trail into the outbox', async () => {
  start()
  await pass(1)
  await find(toFinding(0))
  await pass(2)

  expect(await outbox()).toMatchObject([
    {
      target: 'default/team/webhook/0',
      state: 'pending',
      notification: {
        groupLabels: { cluster: 'eu', namespace: 'shop' },
        alerts: [{ annotations: { who: 'kubectl-edit' } }],
      },
    },
  ])
})

test('what was open before alerts were made is told, and what happened before is not', async () => {
  await find(toFinding(0), toFinding(0, { field: '/spec/replicas' }))
  await find(toFinding(0))
  start()
  await pass(1)

  expect(await told()).toEqual(['new firing 1/0'])
})

test('nothing is told before the fleet is known, and nothing of it is lost', async () => {
  start(null)
  await find(toFinding(0))
  await pass(5)
  const before = await told()
  alerting?.setFleet({ policies: [toPolicy()], context: CONTEXT })
  await pass(1)

  expect(before).toEqual([])
  expect(await told()).toEqual(['new firing 1/0'])
})

test('after a restart nothing is told twice, and nothing is lost that happened meanwhile', async () => {
  start()
  await pass(1)
  await find(toFinding(0))
  await pass(2)
  await stop()
  await find(toFinding(0), toFinding(0, { object: { ...WEB, namespace: 'other' } }))
  start()
  await pass(2)
  await stop()
  start()
  await pass(2)

  expect(await told()).toEqual(['new firing 1/0', 'new firing 1/0'])
})

test('an outbox that cannot be written to loses nothing: it is made again', async () => {
  let isBroken = true
  start([toPolicy()], {
    saveAlerting: async (step) => {
      if (isBroken) throw new Error('the disk is full')
      await store.saveAlerting(step)
    },
  })
  await find(toFinding(0))
  await pass(3)
  const before = await outbox()
  isBroken = false
  await pass(3)

  expect(before).toEqual([])
  expect(failures[0]).toContain('the disk is full')
  expect(await told()).toEqual(['new firing 1/0'])
})

test('a namespace that is deleted with 200 objects in it is one message, and one more when all is back', async () => {
  start([toPolicy({ route: toRoute({ groupWaitMs: 5_000, groupIntervalMs: 10_000 }) })])
  await pass(1)
  const namespace = toFinding(0, { object: { group: '', kind: 'Namespace', name: 'shop' }, drift: 'missing' })
  const objects = Array.from({ length: 200 }, (_, index) =>
    toFinding(0, { object: { ...WEB, name: `web-${index}` }, drift: 'missing' }),
  )
  await find(...objects.slice(0, 20))
  await find(...objects.slice(0, 20), namespace)
  await find(...objects, namespace)
  await pass(6)
  await find()
  await pass(12)

  expect(await told()).toEqual(['new firing 1/0', 'changed resolved 0/1'])
  expect((await outbox())[0]?.notification.alerts).toMatchObject([
    { labels: { alertname: 'LockstepNamespaceDeleted' }, folded: 200 },
  ])
})

test('a cluster that does not answer is told after five minutes, and that it is back', async () => {
  const away = { name: 'eu', state: 'unreachable', isUnreachable: true, message: 'connect ETIMEDOUT' }
  start([toPolicy({ route: toRoute({ groupIntervalMs: 1_000 }) })])
  facts = { ...facts, clusters: [away] }
  await pass(299)
  const early = await told()
  await pass(3)
  facts = { ...facts, clusters: [{ name: 'eu', state: 'synced' }] }
  await pass(3)

  expect(early).toEqual([])
  expect(await told()).toEqual(['new firing 1/0', 'changed resolved 0/1'])
})

test('a cluster that nobody looked at yet after a restart is not said to be back', async () => {
  start()
  facts = { ...facts, clusters: [{ name: 'eu', state: 'unreachable', isUnreachable: true }] }
  await pass(302)
  await stop()
  facts = { ...facts, clusters: [{ name: 'eu', state: 'unknown' }] }
  start()
  await pass(2)

  expect(await told()).toEqual(['new firing 1/0'])
  expect((await store.loadAlerting()).alerts).toMatchObject([{ key: 'LockstepClusterUnreachable eu' }])
})

test('a rollout that halts is told with what failed where', async () => {
  start()
  facts = {
    ...facts,
    rollout: { phase: 'halted', failed: ['eu'], waiting: ['us', 'asia'] },
    clusters: [{ name: 'eu', state: 'failed', message: 'Deployment/shop/web: image is not there' }],
  }
  await pass(2)

  expect((await outbox())[0]?.notification.alerts[0]?.annotations).toMatchObject({
    summary: 'the rollout of abc halted: it failed on eu',
    change: 'Deployment/shop/web: image is not there',
    done: expect.stringContaining('2 clusters wait'),
  })
})

test('a silence of the hub holds back what matches, until it ends', async () => {
  const silence = { matchers: ['namespace="shop"'], actor: 'ann', reason: 'INC-1', started: at(0), until: at(60) }
  await store.addSilence(silence)
  start([toPolicy({ route: toRoute({ groupIntervalMs: 10_000 }) })])
  await find(toFinding(0))
  await pass(30)
  const silent = await told()
  await pass(45)

  expect(silent).toEqual([])
  expect(await told()).toEqual(['new firing 1/0'])
})

test('a silence of a policy speaks of its clusters, for its time', async () => {
  const silences = [{ matchers: parseMatchers('namespace="shop"'), until: at(3_600), reason: 'a lab' }]
  start([toPolicy({ silences })])
  await find(toFinding(0))
  await pass(5)

  expect(await told()).toEqual([])
})

test('Alertmanager is told again each minute, and others are not', async () => {
  const receivers = [
    toReceiver({ webhook: [{ url: 'http://127.0.0.1:1' }], alertmanager: [{ url: 'http://127.0.0.1:2' }] }),
  ]
  start([toPolicy({ receivers })])
  await find(toFinding(0))
  await pass(125)

  const all = await outbox()
  expect(all.map(({ target, notification }) => `${target.split('/')[2]} ${notification.reason}`)).toEqual([
    'webhook new',
    'alertmanager new',
    'alertmanager refresh',
    'alertmanager refresh',
  ])
})

test('other routes after a change of the policies hold for what is open', async () => {
  start()
  await find(toFinding(0))
  await pass(2)
  const receivers = [toReceiver({ name: 'net', webhook: [{ url: 'http://127.0.0.1:1' }] })]
  alerting?.setFleet({ policies: [toPolicy({ receivers, route: toRoute({ receiver: 'net' }) })], context: CONTEXT })
  await pass(2)

  expect((await outbox()).map(({ target }) => target)).toEqual(['default/team/webhook/0', 'default/net/webhook/0'])
})
