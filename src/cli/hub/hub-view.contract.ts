import { expect, test } from 'vitest'
import type { Finding } from '../../drift/report.ts'
import type { Plan } from '../../plan/plan.ts'
import type { StoredRevision } from '../../store/revisions.ts'
import type { Store } from '../../store/store.ts'
import type { HubView } from './hub-view.ts'

/** A hub with a store that tests fill, at a time that stands still. */
export type ViewedHub = AsyncDisposable & {
  readonly hub: HubView
  readonly store: Store
  /** What the trail calls whoever uses the view. */
  readonly actor: string
  readonly now: Date
}

const COMMIT: StoredRevision = {
  commit: '4f2c1a9e00000000000000000000000000000000',
  time: '2026-01-01T00:00:00.000Z',
  author: 'Ann <ann@example.com>',
  committer: 'Bob <bob@example.com>',
  committed: '2025-12-31T23:59:00Z',
  subject: 'Scale the shop',
  signature: 'N',
  trailers: ['Reviewed-by: Bob <bob@example.com>'],
}

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()
const by = (second: number) => ({ actor: 'hub/test', time: at(second) })

const toFinding = (cluster: string): Finding => ({
  cluster,
  component: 'shop',
  object: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' },
  drift: 'modified',
  field: '/data/a',
  git: 'right',
  live: null,
  severity: 'high',
  manager: 'mallory',
})

const toPlan = (cluster: string): Plan => ({
  cluster,
  revision: COMMIT.commit,
  owned: 1,
  components: [
    {
      name: 'shop',
      dependsOn: [],
      objects: [
        {
          ref: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' },
          apiVersion: 'v1',
          component: 'shop',
          stage: 'workloads',
          action: 'create',
          isFull: true,
          differences: [],
          heals: false,
        },
      ],
    },
  ],
})

/** A commit that reaches two clusters, a difference on one of them, and some more records. */
const live = async (store: Store): Promise<{ readonly changes: readonly number[] }> => {
  await store.saveRevision(COMMIT, by(0))
  const rollout = { subject: COMMIT.commit, revision: COMMIT.commit, data: {} }
  await store.appendAudit([{ ...by(0), ...rollout, type: 'rollout.first' }])
  const changes = [await store.startChange(toPlan('eu'), by(1)), await store.startChange(toPlan('us'), by(2))]
  await store.endChange(changes[0] as number, { outcomes: [], ...by(3) })
  await store.saveFound({ cluster: 'eu', findings: [toFinding('eu')], time: at(4), revision: COMMIT.commit })
  await store.saveFound({ cluster: 'us', findings: [toFinding('us')], time: at(5), revision: COMMIT.commit })
  await store.appendAudit([{ ...by(6), ...rollout, type: 'rollout.done' }])
  return { changes }
}

const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What every view of a hub gives: exactly what the hub recorded. */
export const describeHubView = (open: () => Promise<ViewedHub>): void => {
  test('gives the records as they were recorded, all or some', async () => {
    await using viewed = await open()
    const { hub, store } = viewed
    await live(store)
    const all = await store.listAudit({})

    expect(await collect(hub.iterateAudit({}))).toEqual(all)
    expect(await collect(hub.iterateAudit({ cluster: 'us', since: at(3) }))).toEqual(
      all.filter(({ cluster, time }) => cluster === 'us' && time >= at(3)),
    )
    expect(await collect(hub.iterateAudit({ type: 'change.started', until: at(2) }))).toHaveLength(1)
    expect(await hub.listNewestAudit({ type: 'change.started' }, 1)).toMatchObject([{ cluster: 'us' }])
    expect(await hub.listNewestAudit({}, 3)).toEqual(all.slice(-3))
    expect(await hub.getAudit(2)).toEqual(all[1])
    expect(await hub.getAudit(4711)).toBeUndefined()
    expect(await hub.readHead()).toEqual({ seq: all.length, hash: all.at(-1)?.hash })
  })

  test('gives more records than go on a page, each once', async () => {
    await using viewed = await open()
    const { hub, store } = viewed
    await store.appendAudit(Array.from({ length: 1_234 }, () => ({ ...by(0), type: 'test', subject: 'x', data: {} })))

    expect((await collect(hub.iterateAudit({}))).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 1_234 }, (_, index) => index + 1),
    )
    expect((await hub.listNewestAudit({}, 1_000)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index + 235),
    )
  })

  test('has no end of a trail that has not begun', async () => {
    await using viewed = await open()

    expect(await viewed.hub.readHead()).toBeUndefined()
    expect(await viewed.hub.listNewestAudit({}, 5)).toEqual([])
  })

  test('gives checkpoints as they were signed', async () => {
    await using viewed = await open()
    const checkpoint = { seq: 1, hash: 'a'.repeat(64), time: at(1), key: 'b'.repeat(16), signature: 'c2lnbmF0dXJl' }
    await viewed.store.saveCheckpoint(checkpoint)

    expect(await viewed.hub.listCheckpoints()).toEqual([checkpoint])
  })

  test('goes from a commit to what was done with it, and back from a change', async () => {
    await using viewed = await open()
    const { hub, store } = viewed
    const { changes } = await live(store)
    const whole = await hub.trace(COMMIT.commit.slice(0, 7))
    const one = await hub.trace(String(changes[1]))

    expect(whole).toMatchObject({ commit: COMMIT, changes: [{ cluster: 'eu', result: 'done' }, { cluster: 'us' }] })
    expect(whole?.records.map(({ type }) => type)).toEqual(['revision.seen', 'rollout.first', 'rollout.done'])
    expect(one).toMatchObject({
      commit: COMMIT,
      changes: [{ id: changes[1], cluster: 'us', objects: 1, failed: 0 }],
      objects: [{ component: 'shop', action: 'create', actuation: 'pending' }],
    })
    expect(one?.records.map(({ type, cluster }) => [type, cluster])).toEqual([['change.started', 'us']])
    expect(await hub.getRevision(COMMIT.commit)).toEqual(COMMIT)
    expect(await hub.getRevision('0'.repeat(40))).toBeUndefined()
  })

  test.each(['4711', '4f2c1a', 'ffffffff', 'no commit at all', ''])('goes nowhere from %j', async (of) => {
    await using viewed = await open()
    await live(viewed.store)

    expect(await viewed.hub.trace(of)).toBeUndefined()
  })

  test('sums up the drift of a period, of all clusters or of some', async () => {
    await using viewed = await open()
    const { hub, store } = viewed
    await live(store)
    const period = { since: at(0), until: at(60) }

    expect((await hub.readDriftHistory(period)).byCluster.map(({ name }) => name)).toEqual(['eu', 'us'])
    expect((await hub.readDriftHistory({ ...period, clusters: ['us', 'nobody'] })).total).toMatchObject({ findings: 1 })
    expect((await hub.readDriftHistory({ since: at(5), until: at(60) })).total).toMatchObject({ findings: 1 })
  })

  test('acknowledges what is open, and it is recorded who did', async () => {
    await using viewed = await open()
    const { hub, store, actor, now } = viewed
    await live(store)
    const [finding] = await store.listFindings({ cluster: 'eu' })
    const acknowledged = await hub.acknowledge(finding?.id as number, 'INC-1')

    expect(acknowledged).toEqual({ ...finding, acknowledged: { by: actor, time: now.toISOString(), note: 'INC-1' } })
    expect(await hub.acknowledge(4711, 'INC-1')).toBeUndefined()
    expect((await store.listAudit({})).at(-1)).toMatchObject({ type: 'finding.acknowledged', actor })
  })

  test('suspends and resumes, and it is recorded who did', async () => {
    await using viewed = await open()
    const { hub, store, actor, now } = viewed
    const scope = { cluster: 'eu', component: 'shop' }
    const suspension = await hub.suspend(scope, { forMs: 60_000, reason: 'INC-1' })

    expect(suspension).toMatchObject({
      ...scope,
      actor,
      reason: 'INC-1',
      started: now.toISOString(),
      until: new Date(now.getTime() + 60_000).toISOString(),
    })
    expect(await hub.listSuspensions()).toEqual([suspension])
    expect(await hub.resume({ cluster: 'eu' })).toEqual([])
    expect(await hub.resume(scope)).toMatchObject([{ ...scope, id: suspension.id, ended: now.toISOString() }])
    expect(await hub.listSuspensions()).toEqual([])
    expect((await store.listAudit({})).map(({ type, actor: who }) => [type, who])).toEqual([
      ['suspended', actor],
      ['resumed', actor],
    ])
  })
}
