import { expect, test } from 'vitest'
import type { ObjectOutcome } from '../apply/change-set.ts'
import { linkRecords } from '../audit/record.ts'
import { verifyTrail } from '../audit/verify.ts'
import type { Finding } from '../drift/report.ts'
import type { ObjectRef } from '../kube/object.ts'
import { toRefKey } from '../kube/object.ts'
import type { Plan, PlannedObject } from '../plan/plan.ts'
import { iterateAudit } from './audit-trail.ts'
import type { StoredRevision } from './revisions.ts'
import type { Store } from './store.ts'

const WEB: ObjectRef = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
const SETTINGS: ObjectRef = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()
const by = (second: number) => ({ actor: 'hub/test', time: at(second) })

const toFinding = (object: ObjectRef, rest: Partial<Finding> = {}): Finding => ({
  cluster: 'eu',
  component: 'shop',
  object,
  drift: 'modified',
  field: '/spec/replicas',
  git: 2,
  live: 5,
  severity: 'medium',
  manager: 'kubectl-scale',
  ...rest,
})

const found = (second: number, findings: readonly Finding[], only?: readonly ObjectRef[]) => ({
  cluster: 'eu',
  findings,
  time: at(second),
  revision: 'abc',
  ...(only ? { only: new Set(only.map(toRefKey)) } : {}),
})

const toPlan = (refs: readonly ObjectRef[]): Plan => ({
  cluster: 'eu',
  revision: 'abc',
  owned: 2,
  components: [
    {
      name: 'shop',
      dependsOn: [],
      objects: refs.map(
        (ref): PlannedObject => ({
          ref,
          apiVersion: 'v1',
          component: 'shop',
          stage: 'workloads',
          action: 'configure',
          reason: 'drift',
          isFull: true,
          differences: [],
          heals: true,
        }),
      ),
    },
  ],
})

const healed = (ref: ObjectRef, fields: readonly string[]): ObjectOutcome => ({
  ref,
  component: 'shop',
  action: 'configure',
  reason: 'drift',
  actuation: 'done',
  healed: fields,
})

const listTypes = async (store: Store): Promise<string[]> => (await store.listAudit({})).map(({ type }) => type)

/** What every store does. `open` gives an empty one, and the same again until the test is over. */
export const describeStore = (open: () => Promise<Store>, reopen: (store: Store) => Promise<Store>): void => {
  test('a finding is opened once, and closed when it is not found any more', async () => {
    await using store = await open()
    const first = await store.saveFound(found(1, [toFinding(WEB)]))
    const again = await store.saveFound(found(2, [toFinding(WEB, { live: 7 })]))
    const gone = await store.saveFound(found(3, []))

    expect([first.opened.length, again.opened.length, again.closed.length]).toEqual([1, 0, 0])
    expect(gone.closed).toMatchObject([{ firstSeen: at(1), closed: at(3), closedBy: 'others', live: 7 }])
    expect(await listTypes(store)).toEqual(['finding.opened', 'finding.closed'])
  })

  test('a look at some objects closes nothing of the others', async () => {
    await using store = await open()
    await store.saveFound(found(1, [toFinding(WEB), toFinding(SETTINGS, { field: '/data/a' })]))
    const { closed } = await store.saveFound(found(2, [], [SETTINGS]))

    expect(closed.map(({ object }) => object)).toEqual([SETTINGS])
    expect((await store.listFindings({ isOpen: true })).map(({ object }) => object)).toEqual([WEB])
  })

  test('findings of objects that something is done about are left open', async () => {
    await using store = await open()
    await store.saveFound(found(1, [toFinding(WEB)]))
    const { closed } = await store.saveFound({ ...found(2, []), busy: new Set([toRefKey(WEB)]) })

    expect(closed).toEqual([])
    expect(await store.listFindings({ isOpen: true })).toHaveLength(1)
  })

  test('somebody says that he knows of an open finding; of one that is gone nobody can', async () => {
    await using store = await open()
    const { opened } = await store.saveFound(found(1, [toFinding(WEB)]))
    const id = opened[0]?.id as number
    const said = await store.acknowledge(id, { note: 'on it' }, { actor: 'ann', time: at(2) })
    const again = await store.saveFound(found(70, [toFinding(WEB, { live: 9 })]))
    const [known] = await store.listFindings({ isOpen: true })
    await store.saveFound(found(80, []))

    expect(said).toMatchObject({ id, acknowledged: { by: 'ann', time: at(2), note: 'on it' } })
    expect([again.opened, known?.live, known?.acknowledged?.note]).toEqual([[], 9, 'on it'])
    expect(await store.acknowledge(id, { note: 'late' }, by(90))).toBeUndefined()
    expect(await listTypes(store)).toEqual(['finding.opened', 'finding.acknowledged', 'finding.closed'])
  })

  test('whoever made a finding is told once, and stays known when it is seen again', async () => {
    await using store = await open()
    const { opened } = await store.saveFound(found(1, [toFinding(WEB)]))
    const id = opened[0]?.id as number
    const ann = { user: 'ann', details: { verb: 'patch' } }

    expect(await store.attribute(id, ann, by(2))).toBe(true)
    expect(await store.attribute(id, { ...ann, user: 'bob' }, by(3))).toBe(false)
    await store.saveFound(found(100, [toFinding(WEB, { live: 9 })]))
    expect(await store.listFindings({})).toMatchObject([{ actor: 'ann', live: 9 }])
    expect(await listTypes(store)).toEqual(['finding.opened', 'finding.attributed'])
  })

  test('the findings of another cluster stay', async () => {
    await using store = await open()
    await store.saveFound({ ...found(1, [toFinding(WEB, { cluster: 'us' })]), cluster: 'us' })
    await store.saveFound(found(2, []))

    expect(await store.listFindings({ isOpen: true, cluster: 'us' })).toHaveLength(1)
  })

  test('a change closes the findings that it healed, and no other', async () => {
    await using store = await open()
    await store.saveFound(found(1, [toFinding(WEB), toFinding(WEB, { field: '/spec/paused' }), toFinding(SETTINGS)]))
    const id = await store.startChange(toPlan([WEB]), by(2))
    const closed = await store.endChange(id, { outcomes: [healed(WEB, ['/spec/replicas'])], ...by(3) })

    expect(closed).toMatchObject([{ field: '/spec/replicas', closedBy: 'lockstep', closed: at(3) }])
    expect(await store.listFindings({ isOpen: true })).toHaveLength(2)
    expect(await store.listChanges({})).toMatchObject([{ id, result: 'done', started: at(2), ended: at(3) }])
  })

  test('a change that was cut off is said to be, once', async () => {
    await using store = await open()
    await store.startChange(toPlan([WEB]), by(1))

    expect(await store.interruptChanges(by(2))).toMatchObject([{ cluster: 'eu', result: 'interrupted' }])
    expect(await store.interruptChanges(by(3))).toEqual([])
    expect(await listTypes(store)).toEqual(['change.started', 'change.interrupted'])
  })

  test('a suspension holds until its time or until it is ended, whichever is first', async () => {
    await using store = await open()
    const base = { actor: 'ann', reason: 'maintenance', started: at(0) }
    await store.suspend({ ...base, cluster: 'eu', until: at(10) })
    await store.suspend({ ...base, component: 'shop', until: at(100) })

    expect(await store.listSuspensions(at(9))).toHaveLength(2)
    expect(await store.listSuspensions(at(10))).toMatchObject([{ component: 'shop' }])
    expect(await store.resume({ component: 'shop' }, { actor: 'bob', time: at(20) })).toHaveLength(1)
    expect(await store.listSuspensions(at(21))).toEqual([])
    expect(await store.resume({ cluster: 'us' }, { actor: 'bob', time: at(22) })).toEqual([])
    expect(await listTypes(store)).toEqual(['suspended', 'suspended', 'resumed'])
  })

  test('a revision is told the first time', async () => {
    await using store = await open()
    const revision: StoredRevision = {
      commit: 'abc',
      time: at(1),
      author: 'Ann <ann@example.com>',
      committer: 'Bob <bob@example.com>',
      committed: at(0),
      subject: 'Scale the shop',
      signature: 'G',
      trailers: ['Reviewed-by: Bob <bob@example.com>'],
    }

    expect(await store.saveRevision(revision, by(1))).toBe(true)
    expect(await store.saveRevision(revision, by(2))).toBe(false)
    expect(await store.getRevision('abc')).toEqual(revision)
    expect(await store.getRevision('def')).toBeUndefined()
  })

  test('what was written is there when it is opened again, and the trail goes on', async () => {
    const first = await open()
    await first.saveFound(found(1, [toFinding(WEB)]))
    await first.saveCluster({ name: 'eu', target: 'abc', state: 'synced', objects: 3, seen: at(1) })
    await using store = await reopen(first)
    await store.saveFound(found(2, []))

    expect(await store.listClusters()).toEqual([
      { name: 'eu', target: 'abc', state: 'synced', objects: 3, seen: at(1) },
    ])
    expect(await store.listClusters({ names: ['us'] })).toEqual([])
    expect(await store.listClusters({ names: ['us', 'eu'] })).toHaveLength(1)
    expect(await store.listClusterNames()).toEqual(['eu'])
    expect(await verifyTrail({ records: iterateAudit(store), checkpoints: [] })).toMatchObject({
      type: 'intact',
      records: 2,
    })
  })

  test('tasks together see what those before them wrote, and one that fails is undone alone', async () => {
    await using store = await open()
    const event = (subject: string) => ({ time: at(1), type: 'test', actor: 'ann', subject, data: {} })
    const settled = await store.together<unknown>([
      (tx) => tx.saveFound(found(1, [toFinding(WEB)])),
      async (tx) => {
        await tx.appendAudit([event('undone')])
        throw new Error('no')
      },
      (tx) => tx.listFindings({ isOpen: true }),
      (tx) => tx.appendAudit([event('kept')]),
    ])
    const records = await store.listAudit({})

    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(settled[2]).toMatchObject({ value: [{ object: WEB }] })
    expect(records.map(({ type, subject }) => [type, subject])).toEqual([
      ['finding.opened', 'Deployment/shop/web'],
      ['test', 'kept'],
    ])
    expect(await verifyTrail({ records: iterateAudit(store), checkpoints: [] })).toMatchObject({ type: 'intact' })
  })

  test('records of calls side by side make one chain', async () => {
    await using store = await open()
    const events = Array.from({ length: 50 }, (_, number) => [
      { ...by(number), type: 'test', subject: `${number}`, data: {} },
    ])
    await Promise.all(events.map((event) => store.appendAudit(event)))
    const records = await store.listAudit({})

    expect(records).toEqual(
      linkRecords(
        undefined,
        records.map(({ seq: _s, previous: _p, hash: _h, ...event }) => event),
      ),
    )
  })
}
