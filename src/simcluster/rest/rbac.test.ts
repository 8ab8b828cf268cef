import { expect, test } from 'vitest'
import { systemClock } from '../../base/system-clock.ts'
import { createSimCluster, type SimCluster } from '../create-sim-cluster.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const open = () =>
  createSimCluster({ name: 'shop', clock: systemClock, authorization: 'rbac', users: { alice: ['team-a'] } })

const ask = async (cluster: SimCluster, who: string, method: 'GET' | 'POST', path: string, body?: object) => {
  const { status } = await cluster.requestAs(`Bearer ${cluster.tokenOf(who)}`, {
    method,
    path,
    query: new URLSearchParams(),
    headers: {},
    body: body ? JSON.stringify(body) : '',
  })
  return status
}
const bind = (cluster: SimCluster, path: string, subject: object, role: object) =>
  ask(cluster, 'admin', 'POST', path, {
    metadata: { name: 'readers' },
    subjects: [subject],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...role },
  })
const GROUP = { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'team-a' }
const readConfigMaps = { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }] }

test('who has no role may see what is served, and nothing in it', async () => {
  await using cluster = open()

  expect(await ask(cluster, 'alice', 'GET', '/apis')).toBe(200)
  expect(await ask(cluster, 'alice', 'GET', '/api/v1/configmaps')).toBe(403)
  expect(await ask(cluster, 'admin', 'GET', '/api/v1/configmaps')).toBe(200)
})

test('a role is for its namespace, its verbs and its resources', async () => {
  await using cluster = open()
  const namespace = `${RBAC}/namespaces/default`
  await ask(cluster, 'admin', 'POST', `${namespace}/roles`, { metadata: { name: 'reader' }, ...readConfigMaps })
  expect(await bind(cluster, `${namespace}/rolebindings`, GROUP, { kind: 'Role', name: 'reader' })).toBe(201)

  expect(await ask(cluster, 'alice', 'GET', '/api/v1/namespaces/default/configmaps')).toBe(200)
  expect(await ask(cluster, 'alice', 'GET', '/api/v1/namespaces/default/secrets')).toBe(403)
  expect(await ask(cluster, 'alice', 'GET', '/api/v1/namespaces/kube-system/configmaps')).toBe(403)
  expect(
    await ask(cluster, 'alice', 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } }),
  ).toBe(403)
})

test('a cluster role is for all namespaces, if it is bound for all', async () => {
  await using cluster = open()
  await ask(cluster, 'admin', 'POST', `${RBAC}/clusterroles`, { metadata: { name: 'reader' }, ...readConfigMaps })
  await bind(
    cluster,
    `${RBAC}/clusterrolebindings`,
    { ...GROUP, kind: 'User', name: 'alice' },
    { kind: 'ClusterRole', name: 'reader' },
  )

  expect(await ask(cluster, 'alice', 'GET', '/api/v1/configmaps')).toBe(200)
  expect(await ask(cluster, 'alice', 'GET', '/api/v1/namespaces/kube-system/configmaps')).toBe(200)
})
