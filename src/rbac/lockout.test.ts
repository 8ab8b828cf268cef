import { expect, test } from 'vitest'
import type { ResolvedGrant } from '../fleet/resolved.ts'
import { readRbacObjects } from '../kube/rbac.ts'
import { findLockout, isLockedOut } from './lockout.ts'

const grantOf = (
  binding: Partial<ResolvedGrant['bindings'][number]>,
  more: Partial<ResolvedGrant> = {},
): ResolvedGrant => ({
  name: 'g',
  template: 't',
  roles: [],
  bindings: [{ role: 'r', subjects: [{ group: 'team-a' }], ...binding }],
  unmanaged: 'remove',
  ...more,
})

test.each<[string, ResolvedGrant, string | undefined]>([
  ['a team is no danger', grantOf({ namespaces: { names: ['shop'] } }), undefined],
  ['all who are known are', grantOf({ subjects: [{ group: 'system:authenticated' }] }), 'system:authenticated'],
  ['a controller is', grantOf({ subjects: [{ serviceAccount: 'kube-system/job-controller' }] }), 'kube-system/job'],
  ['a user of the system is', grantOf({ subjects: [{ user: 'system:kube-scheduler' }] }), 'system:kube-scheduler'],
  ['a namespace of the system is', grantOf({ namespaces: { names: ['lockstep-system'] } }), 'lockstep-system'],
  [
    'none of them where others are only reported',
    grantOf({ subjects: [{ group: 'system:masters' }] }, { unmanaged: 'report' }),
    undefined,
  ],
  [
    'access of Lockstep itself must not end',
    grantOf(
      { subjects: [{ serviceAccount: 'lockstep-system/hub' }], expires: '2027-01-31T18:00Z' },
      { unmanaged: 'report' },
    ),
    'would end',
  ],
])('%s', (_, grant, expected) => {
  if (expected === undefined) expect(findLockout(grant)).toBeUndefined()
  else expect(findLockout(grant)).toContain(expected)
})

const meta = { apiVersion: 'rbac.authorization.k8s.io/v1' }
const role = {
  ...meta,
  kind: 'ClusterRole',
  metadata: { name: 'all' },
  rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
}
const bind = (name: string, subject: string) => ({
  ...meta,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  subjects: [{ kind: 'Group', name: subject }],
  roleRef: { kind: 'ClusterRole', name: 'all' },
})

test('the last binding that gives the access is the one that locks out', () => {
  const [before, one, none] = [[bind('a', 'ops'), bind('b', 'ops')], [bind('b', 'ops')], []].map((bindings) =>
    readRbacObjects([role, ...bindings]),
  )

  expect(isLockedOut(before!, one!, { user: 'lockstep', groups: ['ops'] })).toBe(false)
  expect(isLockedOut(before!, none!, { user: 'lockstep', groups: ['ops'] })).toBe(true)
  expect(isLockedOut(before!, none!, { user: 'other', groups: [] })).toBe(false)
})
