import { expect, test } from 'vitest'
import type { KubeObject } from './object.ts'
import { aggregateRoles, readRbacObjects } from './rbac.ts'
import { canAccess, createRbacIndex, explainAccess, listWhoCan } from './rbac-access.ts'
import { formatSubject, parseSubject, type RbacSubject, toIdentity } from './rbac-identity.ts'
import type { AccessRequest } from './rbac-rule.ts'
import { parseYaml } from './yaml.ts'

const OBJECTS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: pod-reader, labels: {to-viewer: "true"}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: viewer, labels: {to-editor: "true"}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-viewer: "true"}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: editor}
aggregationRule: {clusterRoleSelectors: [{matchExpressions: [{key: to-editor, operator: Exists}]}]}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: shop}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: team-a, namespace: shop}
subjects: [{kind: Group, name: team-a}, {kind: ServiceAccount, name: ci}]
roleRef: {kind: Role, name: deployer}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: editors}
subjects: [{kind: Group, name: system:serviceaccounts:shop}, {kind: User, name: alice}]
roleRef: {kind: ClusterRole, name: editor}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: shop}
`

const createIndex = () => {
  const { roles, bindings } = readRbacObjects(parseYaml(OBJECTS) as KubeObject[])
  return createRbacIndex({ roles: aggregateRoles(roles), bindings })
}
const PATCH: AccessRequest = { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop' }
const LIST: AccessRequest = { verb: 'list', group: '', resource: 'pods' }
const can = (subject: string, request: AccessRequest) =>
  canAccess(createIndex(), toIdentity(parseSubject(subject) as RbacSubject), request)

test('a role in a namespace holds there and nowhere else', () => {
  expect(can('group:team-a', PATCH)).toBe(true)
  expect(can('group:team-a', { ...PATCH, namespace: 'other' })).toBe(false)
  expect(can('user:team-a', PATCH)).toBe(false)
})

test('a service account of a RoleBinding is one of its namespace where it does not say', () => {
  expect(can('serviceaccount:shop/ci', PATCH)).toBe(true)
  expect(can('serviceaccount:other/ci', PATCH)).toBe(false)
  expect(can('user:system:serviceaccount:shop:ci', PATCH)).toBe(true)
})

test('a service account is in the groups of all service accounts and of those of its namespace', () => {
  expect(can('serviceaccount:shop/any', LIST)).toBe(true)
  expect(can('serviceaccount:other/any', LIST)).toBe(false)
})

test('an aggregated role has the rules of the roles it selects, through others, and none of its own', () => {
  expect(can('user:alice', LIST)).toBe(true)
  expect(can('user:alice', { ...LIST, verb: 'delete' })).toBe(false)
})

test('roles that aggregate each other end', () => {
  const roles = readRbacObjects([
    ...['a', 'b'].map((name, at) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name, labels: { [name]: 'true' } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [at ? 'a' : 'b']: 'true' } }] },
    })),
  ]).roles

  expect(aggregateRoles(roles).map(({ rules }) => rules)).toEqual([[], []])
})

test('members of system:masters may everything', () => {
  expect(can('group:system:masters', { verb: 'get', path: '/metrics' })).toBe(true)
})

test('who can names the subjects of the bindings that allow it', () => {
  const who = (request: AccessRequest) =>
    listWhoCan(createIndex(), request).map(({ subject }) => formatSubject(subject))

  expect(who(PATCH)).toEqual(['group:team-a', 'serviceaccount:shop/ci'])
  expect(who(LIST)).toEqual(['group:system:serviceaccounts:shop', 'user:alice'])
})

test('an explanation leads from the subject over binding and role to the rule', () => {
  const identity = toIdentity({ kind: 'User', name: 'alice' }, ['team-a'])

  expect(explainAccess(createIndex(), identity, PATCH)).toMatchObject([
    {
      subject: { kind: 'Group', name: 'team-a' },
      binding: { kind: 'RoleBinding', name: 'team-a', namespace: 'shop' },
      role: { kind: 'Role', name: 'deployer' },
      rule: { verbs: ['patch'] },
    },
  ])
})

test('a binding of a role that is not there gives nothing', () => {
  const { bindings } = readRbacObjects(parseYaml(OBJECTS) as KubeObject[])

  expect(listWhoCan(createRbacIndex({ roles: [], bindings }), PATCH)).toEqual([])
})

test('subjects are read as they are written', () => {
  const texts = ['user:alice', 'group:oidc:team-a', 'serviceaccount:shop/ci']

  expect(texts.map((text) => formatSubject(parseSubject(text) as RbacSubject))).toEqual(texts)
  expect(parseSubject('bob')).toEqual({ kind: 'User', name: 'bob' })
  expect(parseSubject('serviceaccount:ci')).toBeUndefined()
})
