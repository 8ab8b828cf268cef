import { expect, test } from 'vitest'
import type { RbacBinding, RbacRole } from '../kube/rbac.ts'
import { parseSubject, type RbacSubject, toIdentity } from '../kube/rbac-identity.ts'
import { formatAccessChange } from './access-fold.ts'
import { reviewAccess } from './review.ts'
import { compareSubjectAccess, computeSubjectAccess } from './subject-access.ts'

const NOW = new Date('2027-01-31T12:00:00Z')
const role = (name: string, verbs: string[], resources: string[]): RbacRole => ({
  kind: 'ClusterRole',
  name,
  labels: {},
  rules: [{ verbs, apiGroups: [''], resources }],
})
const ROLES = [role('pods', ['get'], ['pods']), role('secrets', ['get'], ['secrets'])]
const bind = (name: string, roleName: string, subject: string, more: Partial<RbacBinding> = {}): RbacBinding => ({
  kind: 'RoleBinding',
  name,
  namespace: 'shop',
  subjects: [parseSubject(subject) as RbacSubject],
  roleRef: { kind: 'ClusterRole', name: roleName },
  ...more,
})
const review = (bindings: RbacBinding[], git?: RbacBinding[]) =>
  reviewAccess(
    ['a', 'b'].map((cluster) => ({
      cluster,
      objects: { roles: ROLES, bindings },
      ...(git ? { git: { roles: ROLES, bindings: git } } : {}),
    })),
    { now: NOW },
  ).map(({ reason, level, binding, clusters }) => `${level} ${reason} ${binding} on ${clusters.join()}`)
const expires = (time: string) => ({ annotations: { 'lockstep.dev/expires': time } })

const BOOTSTRAPPING = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }

test.each<[string, RbacBinding[], RbacBinding[] | undefined, string[]]>([
  ['what Git says and is harmless is not told', [bind('x', 'pods', 'alice')], [bind('x', 'pods', 'alice')], []],
  ['over-broad', [bind('x', 'secrets', 'alice')], undefined, ['high over-broad RoleBinding/shop/x on a,b']],
  ['hand-made', [bind('x', 'pods', 'alice')], [], ['high hand-made RoleBinding/shop/x on a,b']],
  [
    'what Kubernetes brings along is not hand-made',
    [bind('x', 'secrets', 'system:kube-scheduler', { labels: BOOTSTRAPPING })],
    [],
    [],
  ],
  [
    'what only says that Kubernetes brings it along is hand-made',
    [bind('x', 'pods', 'alice', { labels: BOOTSTRAPPING })],
    [],
    ['high hand-made RoleBinding/shop/x on a,b'],
  ],
  [
    'a time of its end that is none hides nothing',
    [bind('x', 'pods', 'alice', expires('some day'))],
    [],
    ['high hand-made RoleBinding/shop/x on a,b'],
  ],
  [
    'what only says that Kubernetes gives it to everybody is hand-made',
    [bind('x', 'pods', 'system:authenticated', { labels: BOOTSTRAPPING })],
    [],
    ['high hand-made RoleBinding/shop/x on a,b'],
  ],
  [
    'what only says that Kubernetes gives it to a service account is hand-made',
    [bind('x', 'pods', 'system:serviceaccount:shop:robot', { labels: BOOTSTRAPPING })],
    [],
    ['high hand-made RoleBinding/shop/x on a,b'],
  ],
  [
    'expired',
    [bind('x', 'pods', 'a', expires('2027-01-31T12:30+01:00'))],
    undefined,
    ['high expired RoleBinding/shop/x on a,b'],
  ],
  [
    'expiring',
    [bind('x', 'pods', 'a', expires('2027-02-07T12:00Z'))],
    undefined,
    ['low expiring RoleBinding/shop/x on a,b'],
  ],
  [
    'duplicate',
    [bind('x', 'pods', 'alice'), bind('y', 'pods', 'alice'), bind('z', 'pods', 'bob')],
    undefined,
    ['low duplicate RoleBinding/shop/y on a,b'],
  ],
  ['dangling', [bind('x', 'gone', 'alice')], undefined, ['low dangling RoleBinding/shop/x on a,b']],
])('a review: %s', (_, bindings, git, expected) => {
  expect(review(bindings, git)).toEqual(expected)
})

test('all that somebody may is told by his name and his groups, folded', () => {
  const bindings = [bind('x', 'pods', 'alice'), bind('y', 'secrets', 'group:team-a'), bind('z', 'secrets', 'bob')]
  const clusters = ['a', 'b'].map((cluster) => ({ cluster, objects: { roles: ROLES, bindings } }))
  const alice = toIdentity({ kind: 'User', name: 'alice' }, ['team-a'])

  expect(computeSubjectAccess(clusters, alice).map(formatAccessChange)).toEqual([
    'user alice gains get on pods, secrets in namespace shop of a, b',
  ])
  expect(compareSubjectAccess(clusters, clusters.slice(1), alice).map(formatAccessChange)).toEqual([
    'user alice loses get on pods, secrets in namespace shop of a',
  ])
})
