import { expect, test } from 'vitest'
import { listBuiltInRoles } from '../kube/built-in-roles.ts'
import { formatRbac, type RbacBinding, type RbacRole } from '../kube/rbac.ts'
import { parseSubject, type RbacSubject } from '../kube/rbac-identity.ts'
import type { GrantScope } from './render-grant.ts'
import { findUnmanagedAccess } from './unmanaged-access.ts'

const SCOPE: GrantScope = {
  subjects: ['group:team-a'],
  namespaces: ['shop', 'kube-system'],
  roles: ['edit'],
  remove: true,
}
const BUILT_IN = listBuiltInRoles('v1.36.3')
const bind = (subject: string, more: Partial<RbacBinding> = {}): RbacBinding => ({
  kind: 'RoleBinding',
  name: 'x',
  namespace: 'other',
  subjects: [parseSubject(subject) as RbacSubject],
  roleRef: { kind: 'ClusterRole', name: 'view' },
  ...more,
})
const role = (name: string, labels: Record<string, string>, verbs = ['get']): RbacRole => ({
  kind: 'ClusterRole',
  name,
  labels,
  rules: [{ verbs, apiGroups: ['*'], resources: ['*'] }],
})
const find = (bindings: RbacBinding[], roles: readonly RbacRole[] = BUILT_IN, owned: string[] = []) =>
  findUnmanagedAccess(SCOPE, {
    live: { bindings, roles },
    isOwned: (object) => owned.includes(formatRbac(object)),
    kubernetesVersion: 'v1.36.3',
  }).map(({ object, note, removable }) => `${formatRbac(object)} ${note}${removable ? '' : ' (kept)'}`)

const BOOTSTRAP = { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }

test.each<[string, RbacBinding, string[]]>([
  ['of others elsewhere is none of its business', bind('alice'), []],
  [
    'to its subjects is told wherever it is',
    bind('group:team-a'),
    ['RoleBinding/other/x gives ClusterRole view to group:team-a, whose access is managed'],
  ],
  [
    'in its namespaces is told whoever gets it',
    bind('alice', { namespace: 'shop' }),
    ['RoleBinding/shop/x gives ClusterRole view to user:alice in a namespace whose access is managed'],
  ],
  ['in namespaces of the system is not', bind('alice', { namespace: 'kube-system' }), []],
  ['of Kubernetes itself is not', bind('group:system:nodes', { namespace: 'shop', ...BOOTSTRAP }), []],
  [
    'that only says to be of Kubernetes is told',
    bind('group:team-a', BOOTSTRAP),
    ['RoleBinding/other/x gives ClusterRole view to group:team-a, whose access is managed'],
  ],
])('a binding %s', (_, binding, expected) => {
  expect(find([binding])).toEqual(expected)
})

test('a binding of a component is not told', () => {
  expect(find([bind('group:team-a')], BUILT_IN, ['RoleBinding/other/x'])).toEqual([])
})

test('a ClusterRole that adds to a given role is told, through others too', () => {
  const labels = (name: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true', ...BOOTSTRAP.labels })
  const roles = [...BUILT_IN, role('mine', labels('edit')), role('deep', labels('view')), role('more', labels('admin'))]

  expect(find([], roles)).toEqual([
    'ClusterRole/mine adds its rules to edit, which a grant gives',
    'ClusterRole/deep adds its rules to edit, which a grant gives',
  ])
  expect(find([], roles, ['ClusterRole/mine', 'ClusterRole/deep'])).toEqual([])
})

test('a role of Kubernetes that is not as it makes it is told and kept', () => {
  const changed = BUILT_IN.map((each) =>
    each.name === 'system:aggregate-to-view' ? role(each.name, { ...each.labels }, ['*']) : each,
  )

  expect(find([], changed)).toEqual([
    'ClusterRole/system:aggregate-to-view is not as Kubernetes makes it and counts for edit, which a grant gives (kept)',
  ])
})

test('the order in which a role says things does not matter', () => {
  const shuffled = BUILT_IN.map((each) => ({
    ...each,
    rules: each.rules.toReversed().map((rule) => ({ ...rule, verbs: rule.verbs.toReversed() })),
  }))

  expect(find([], shuffled)).toEqual([])
})
