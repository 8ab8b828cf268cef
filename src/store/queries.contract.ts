import { expect, test } from 'vitest'
import type { Finding } from '../drift/report.ts'
import type { Plan } from '../plan/plan.ts'
import type { StoredFinding } from './findings.ts'
import type { Store } from './store.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()
const by = (second: number) => ({ actor: 'hub/test', time: at(second) })

const toFinding = (name: string, rest: Partial<Finding> = {}): Finding => ({
  cluster: 'eu',
  component: 'shop',
  object: { group: '', kind: 'ConfigMap', namespace: 'shop', name },
  drift: 'modified',
  field: '/data/a',
  severity: 'medium',
  ...rest,
})

const save = (store: Store, second: number, ...findings: readonly Finding[]) =>
  Promise.all(
    [...Map.groupBy(findings, ({ cluster }) => cluster)].map(([cluster, found]) =>
      store.saveFound({ cluster, findings: found, time: at(second), revision: 'abc' }),
    ),
  )

const toPlan = (cluster: string, revision: string): Plan => ({ cluster, revision, owned: 0, components: [] })

const nameOf = ({ object }: StoredFinding): string => object.name

/** How every store is asked: filters, and pages that neither lose nor repeat anything. `open` gives an empty one. */
export const describeStoreQueries = (open: () => Promise<Store>): void => {
  test.each<[string, Parameters<Store['listFindings']>[0], readonly string[]]>([
    ['of a cluster', { cluster: 'us' }, ['d']],
    ['of a component', { component: 'net' }, ['c']],
    ['so bad or worse', { severity: 'high' }, ['c', 'b']],
    ['of an owner', { owner: '@net' }, ['c']],
    ['of a kind of drift', { drift: 'missing' }, ['b']],
    ['that are open', { isOpen: true }, ['d', 'c', 'b']],
    ['that are closed', { isOpen: false }, ['a']],
    ['seen first before a time', { until: at(10) }, ['b', 'a']],
    ['seen first or closed since a time', { since: at(10) }, ['d', 'c', 'a']],
    ['with a text in the object, whatever its case', { text: 'configmap/SHOP/b' }, ['b']],
    ['with a text in the field', { text: 'Replicas' }, ['d']],
    ['with a text in who made it', { text: 'MALLORY' }, ['c']],
    ['with a text that would be a pattern', { text: '%' }, []],
    ['by several at once', { cluster: 'eu', isOpen: true, severity: 'critical' }, ['c']],
  ])('findings are found %s', async (_, filter, expected) => {
    await using store = await open()
    await save(store, 1, toFinding('a', { severity: 'low' }), toFinding('b', { severity: 'high', drift: 'missing' }))
    const net = { component: 'net', owner: '@net', severity: 'critical', manager: 'mallory' } as const
    await save(store, 10, toFinding('b', { severity: 'high', drift: 'missing' }), toFinding('c', net))
    await save(store, 11, toFinding('d', { cluster: 'us', field: '/spec/replicas' }))

    expect((await store.listFindings(filter)).map(nameOf)).toEqual(expected)
  })

  test('a finding, a change and a record are found by their number, and others are not there', async () => {
    await using store = await open()
    await save(store, 1, toFinding('a'))
    const id = await store.startChange(toPlan('eu', 'abc'), by(2))
    const [found] = await store.listFindings({})

    expect(await store.getFinding(found?.id as number)).toEqual(found)
    expect(await store.getFinding(4711)).toBeUndefined()
    expect(await store.getChange(id)).toMatchObject({ id, cluster: 'eu', revision: 'abc' })
    expect(await store.getChange(4711)).toBeUndefined()
  })

  test('pages of findings neither lose nor repeat any while more are seen and some are closed', async () => {
    await using store = await open()
    const first = Array.from({ length: 25 }, (_, number) => toFinding(`first-${number}`))
    await save(store, 1, ...first)
    const read: string[] = []
    let before: number | undefined
    for (let page = 0; ; page++) {
      const found = await store.listFindings({ limit: 4, ...(before === undefined ? {} : { before }) })
      read.push(...found.map(nameOf))
      before = found.at(-1)?.id
      if (before === undefined) break
      // What was read already goes, what is still to come stays, and there is more each time.
      const gone = new Set(read.slice(0, 2))
      const later = Array.from({ length: page + 1 }, (_, number) => toFinding(`later-${number}`))
      await save(store, page + 2, ...first.filter(({ object }) => !gone.has(object.name)), ...later)
    }

    expect(read).toEqual(first.map(({ object }) => object.name).toReversed())
  })

  test('changes are found by cluster, revision, result and time, a page at a time', async () => {
    await using store = await open()
    const ids: number[] = []
    for (const [second, [cluster, revision]] of [
      ['eu', 'abc'],
      ['us', 'abc'],
      ['eu', 'def'],
    ].entries())
      ids.push(await store.startChange(toPlan(cluster as string, revision as string), by(second)))
    await store.endChange(ids[0] as number, { outcomes: [], ...by(10) })
    const list = async (filter: Parameters<Store['listChanges']>[0]) =>
      (await store.listChanges(filter)).map(({ id }) => ids.indexOf(id))

    expect(await list({ cluster: 'eu' })).toEqual([2, 0])
    expect(await list({ revision: 'abc' })).toEqual([1, 0])
    expect(await list({ result: 'done' })).toEqual([0])
    expect(await list({ since: at(1), until: at(2) })).toEqual([1])
    expect(await list({ limit: 2 })).toEqual([2, 1])
    expect(await list({ limit: 2, before: ids[1] as number })).toEqual([0])
  })

  test('commits are listed by when they were seen, and found by their first digits', async () => {
    await using store = await open()
    const rest = { author: 'Ann', committer: 'Ann', committed: at(0), subject: 'Change', signature: 'N', trailers: [] }
    // Two at the same moment, as when several commits are fetched at once.
    for (const [commit, second] of [
      ['aa1', 1],
      ['cc3', 2],
      ['bb2', 2],
      ['dd4', 3],
    ] as const)
      await store.saveRevision({ ...rest, commit, time: at(second) }, by(second))
    const list = async (filter: Parameters<Store['listRevisions']>[0]) =>
      (await store.listRevisions(filter)).map(({ commit }) => commit)

    expect(await list({ limit: 2 })).toEqual(['dd4', 'cc3'])
    expect(await list({ before: { time: at(2), commit: 'cc3' } })).toEqual(['bb2', 'aa1'])
    expect(await list({ prefix: 'cc' })).toEqual(['cc3'])
    expect(await list({ prefix: '_' })).toEqual([])
  })

  test('records are read from either end', async () => {
    await using store = await open()
    const events = Array.from({ length: 5 }, (_, second) => ({ ...by(second), type: 'test', subject: '', data: {} }))
    await store.appendAudit(events)
    const list = async (filter: Parameters<Store['listAudit']>[0]) =>
      (await store.listAudit(filter)).map(({ seq }) => seq)

    expect(await list({ isNewestFirst: true, limit: 2 })).toEqual([5, 4])
    expect(await list({ isNewestFirst: true, before: 4, limit: 2 })).toEqual([3, 2])
    expect(await list({ after: 1, before: 4 })).toEqual([2, 3])
  })
}
