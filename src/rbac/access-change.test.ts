import { expect, test } from 'vitest'
import type { RbacBinding, RbacObjects, RbacRole } from '../kube/rbac.ts'
import type { RbacRule } from '../kube/rbac-rule.ts'
import { computeAccessChange } from './access-change.ts'
import { formatAccessChange } from './access-fold.ts'

const roleOf = (name: string, ...rules: RbacRule[]): RbacRole => ({ kind: 'ClusterRole', name, labels: {}, rules })
const bind = (role: string, group: string, namespace?: string): RbacBinding => ({
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  name: `${role}-${group}`,
  ...(namespace === undefined ? {} : { namespace }),
  subjects: [{ kind: 'Group', name: group }],
  roleRef: { kind: 'ClusterRole', name: role },
})
const rule = (verbs: string, resources: string, group = ''): RbacRule => ({
  verbs: verbs.split(' '),
  apiGroups: [group],
  resources: resources.split(' '),
})
const on = (clusters: string[], roles: RbacRole[], bindings: RbacBinding[]) =>
  clusters.map((cluster) => ({ cluster, objects: { roles, bindings } satisfies RbacObjects }))

const CLUSTERS = ['a', 'b', 'c']
const READ = roleOf('read', rule('get list', 'secrets'))
const MORE = roleOf('read', rule('get list delete', 'secrets'))
const sentences = (...args: Parameters<typeof computeAccessChange>) =>
  computeAccessChange(...args).map(formatAccessChange)

test('nothing changed is no change', () => {
  const state = on(CLUSTERS, [READ], [bind('read', 'team-a')])

  expect(computeAccessChange(state, on(CLUSTERS, [{ ...READ }], [bind('read', 'team-a')]))).toEqual([])
})

test('a gain is told once for all namespaces and clusters', () => {
  const bindings = ['x', 'y', 'z'].map((namespace) => bind('read', 'team-a', namespace))

  expect(sentences(on(CLUSTERS, [READ], bindings), on(CLUSTERS, [MORE], bindings))).toEqual([
    'group team-a gains delete on secrets in 3 namespaces of 3 clusters',
  ])
})

test('namespaces that differ from cluster to cluster are told as they are, and counted where they are many', () => {
  const state = (...namespaces: string[]) =>
    namespaces.map((namespace, at) => on([`c${at}`], [READ], [bind('read', 'team-a', namespace)])[0]!)

  expect(sentences([], state('x', 'y'))).toEqual([
    'group team-a gains get, list on secrets in namespace x of c0 and in namespace y of c1',
  ])
  expect(sentences([], state('x', 'y', 'z', 'z'))).toEqual([
    'group team-a gains get, list on secrets in 3 namespaces of 4 clusters',
  ])
  expect(computeAccessChange([], state('x', 'z', 'z'))[0]?.places).toEqual([
    { clusters: ['c0'], namespaces: ['x'] },
    { clusters: ['c1', 'c2'], namespaces: ['z'] },
  ])
})

test('verbs and resources that go together are told together', () => {
  const role = roleOf('ops', rule('get list', 'pods services'), rule('get list', 'deployments', 'apps'))

  expect(sentences(on(['a'], [], []), on(['a'], [role], [bind('ops', 'team-a', 'shop')]))).toEqual([
    'group team-a gains get, list on deployments.apps, pods, services in namespace shop of a',
  ])
})

test('what somebody has in another way is neither gained nor lost', () => {
  const other = roleOf('other', rule('*', 'secrets'))
  const before = on(['a'], [READ, other], [bind('read', 'team-a', 'x'), bind('other', 'team-a')])
  const after = on(['a'], [READ, other], [bind('other', 'team-a'), bind('read', 'team-a', 'y')])

  expect(computeAccessChange(before, after)).toEqual([])
})

test('a wildcard covers what it stands for, and not the other way round', () => {
  const all = roleOf('read', rule('*', '*', '*'))
  const state = (role: RbacRole) => on(['a'], [role], [bind('read', 'team-a')])

  expect(sentences(state(READ), state(all))).toEqual(['group team-a gains every verb on everything on a'])
  expect(sentences(state(all), state(READ))).toEqual(['group team-a loses every verb on everything on a'])
})

test('a right on certain names is another one than on all', () => {
  const named = roleOf('read', { ...rule('get list', 'secrets'), resourceNames: ['web'] })
  const state = (role: RbacRole) => on(['a'], [role], [bind('read', 'team-a', 'x')])

  expect(sentences(state(READ), state(named))).toEqual(['group team-a loses get, list on secrets in namespace x of a'])
  expect(sentences(state({ ...named, rules: [] }), state(named))).toEqual([
    'group team-a gains get, list on secrets "web" in namespace x of a',
  ])
})

test('a role that others aggregate into changes what its holders may', () => {
  const sum: RbacRole = { ...roleOf('sum'), aggregates: [{ matchLabels: { sum: 'yes' } }] }
  const part = { ...roleOf('part', rule('get', 'secrets')), labels: { sum: 'yes' } }

  expect(sentences(on(['a'], [sum], [bind('sum', 'ops')]), on(['a'], [sum, part], [bind('sum', 'ops')]))).toEqual([
    'group ops gains get on secrets on a',
  ])
})

test('a cluster that comes or goes brings and takes its access', () => {
  const state = (clusters: string[]) => on(clusters, [READ], [bind('read', 'team-a')])

  expect(sentences(state(['a']), state(['b']))).toEqual([
    'group team-a gains get, list on secrets on b',
    'group team-a loses get, list on secrets on a',
  ])
})

test('the risk of a gain is named, and the worst comes first', () => {
  const roles = [
    roleOf('mild', rule('get', 'configmaps')),
    roleOf('wild', rule('escalate', 'clusterroles', 'rbac.authorization.k8s.io')),
  ]
  const changes = computeAccessChange(on(['a'], roles, []), on(['a'], roles, [bind('mild', 'b'), bind('wild', 'c')]))

  expect(changes.map(({ risks }) => risks[0]?.level)).toEqual(['critical', undefined])
})
