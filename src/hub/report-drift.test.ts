import { expect, test } from 'vitest'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { StoredFinding } from '../store/findings.ts'
import type { StoredComponent } from '../store/inventories.ts'
import { reportDrift } from './report-drift.ts'

const components = [{ name: 'shop' }] as unknown as ResolvedCluster['components']
const finding: StoredFinding = {
  id: 1,
  cluster: 'eu',
  component: 'shop',
  object: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' },
  drift: 'modified',
  field: '/data/a',
  severity: 'medium',
  firstSeen: '2026-01-01T00:00:00.000Z',
  lastSeen: '2026-01-01T00:00:01.000Z',
}
type Cluster = Parameters<typeof reportDrift>[0]['clusters'][number]
const report = (cluster: Partial<Cluster>, open: readonly StoredFinding[] = []) =>
  reportDrift({
    fleet: 'acme',
    revision: 'new',
    clusters: [{ name: 'eu', state: 'synced', applied: 'new', components, ...cluster }],
    open,
  })

test('findings are told as a look at the cluster would, without their history', () => {
  const { lastSeen: _l, ...told } = finding

  expect(report({ state: 'drifted' }, [finding, { ...finding, cluster: 'left-the-fleet' }])).toEqual({
    fleet: 'acme',
    revision: 'new',
    clusters: [{ name: 'eu', reachable: true, requests: 0, millis: 0 }],
    findings: [told],
    pending: [],
  })
})

test.each<[Cluster['state'], boolean, string | undefined]>([
  ['synced', true, undefined],
  ['suspended', true, undefined],
  ['failed', true, 'no'],
  ['unreachable', false, 'no'],
  ['unknown', true, 'the hub has not looked at it yet'],
])('a cluster that is %s', (state, reachable, error) => {
  const [cluster] = report({ state, message: 'no' }).clusters

  expect([cluster?.reachable, cluster?.error]).toEqual([reachable, error])
})

test('a cluster that has not got the revision is behind, with why', () => {
  const pending = (cluster: Partial<Cluster>) => report({ applied: 'old', ...cluster }).pending

  expect(pending({})).toEqual([
    { cluster: 'eu', component: 'shop', reason: 'gitAhead', message: 'its turn in the rollout has not come' },
  ])
  expect(pending({ state: 'syncing' })).toMatchObject([{ message: 'it is being applied' }])
  expect(pending({ state: 'suspended', message: 'INC-1' })).toMatchObject([{ message: 'INC-1' }])
  expect(pending({ state: 'failed', message: 'no' })).toEqual([])
})

const toComponent = (rest: Partial<StoredComponent>): StoredComponent => ({
  ...{ cluster: 'eu', name: 'shop', state: 'synced', revision: 'new', objects: 1, fingerprints: '', time: '' },
  ...rest,
})

test('of a cluster that was looked at with the revision, what is kept back is behind', () => {
  const pending = (cluster: Partial<Cluster>, component: Partial<StoredComponent>) =>
    report({ ...cluster, stored: [toComponent(component)] }).pending

  expect(pending({ applied: 'old' }, {})).toEqual([])
  expect(pending({ applied: 'old' }, { revision: 'old' })).toHaveLength(1)
  expect(pending({ state: 'pending' }, { state: 'pending', message: 'deletions wait' })).toMatchObject([
    { component: 'shop', message: 'deletions wait' },
  ])
  expect(pending({ state: 'suspended', applied: 'old', message: 'INC-1' }, { state: 'suspended' })).toMatchObject([
    { message: 'INC-1' },
  ])
  expect(pending({ state: 'suspended' }, { state: 'suspended' })).toEqual([])
  // What was stored before the last look is of no use.
  expect(pending({ state: 'pending' }, { state: 'pending', revision: 'old' })).toEqual([])
})

test('who knows of a finding is told with it', () => {
  const acknowledged = { by: 'ann', time: '', note: 'INC-1' }
  const [known] = report({}, [{ ...finding, acknowledged }]).findings

  expect(known?.note).toBe('acknowledged by ann: INC-1')
})
