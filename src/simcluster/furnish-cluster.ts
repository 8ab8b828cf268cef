import { listBuiltInRoles } from '../kube/built-in-roles.ts'
import { aggregateRoles, RBAC_GROUP, type RbacRole } from '../kube/rbac.ts'
import type { SimCluster } from './create-sim-cluster.ts'

/** What a cluster has besides its API server. */
export type Furnishing = {
  /** 2 by default. */
  readonly nodes?: number
  /** Of the nodes, besides those that every node has. */
  readonly labels?: Readonly<Record<string, string>>
}

/** Gives a cluster nodes on which pods can run, a default storage class, so that volume claims are bound, and the roles for people. */
export const furnishCluster = (cluster: SimCluster, { nodes = 2, labels = {} }: Furnishing = {}): void => {
  for (let number = 1; number <= nodes; number++) {
    const name = `${cluster.name}-node-${number}`
    post(cluster, '/api/v1/nodes', { metadata: { name, labels: { ...toNodeLabels(name), ...labels } }, ...NODE })
  }
  post(cluster, '/apis/storage.k8s.io/v1/storageclasses', STORAGE_CLASS)
  for (const role of aggregateRoles(listBuiltInRoles())) post(cluster, `${RBAC}/clusterroles`, toClusterRole(role))
  post(cluster, `${RBAC}/clusterrolebindings`, ADMINISTRATORS)
}

const toNodeLabels = (name: string): Readonly<Record<string, string>> => ({
  'kubernetes.io/arch': 'amd64',
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': 'linux',
})

const CAPACITY = { cpu: '100', memory: '1Ti', 'ephemeral-storage': '1Ti', pods: '10k' }
const NODE = {
  status: {
    allocatable: CAPACITY,
    capacity: CAPACITY,
    nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.3' },
  },
}
const STORAGE_CLASS = {
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'kubernetes.io/host-path',
}

const RBAC = `/apis/${RBAC_GROUP}/v1`
const BOOTSTRAPPING = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }

const toClusterRole = ({ name, labels, rules, aggregates }: RbacRole) => ({
  metadata: { name, labels },
  rules,
  ...(aggregates ? { aggregationRule: { clusterRoleSelectors: aggregates } } : {}),
})

const ADMINISTRATORS = {
  metadata: { name: 'cluster-admin', labels: BOOTSTRAPPING },
  roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: RBAC_GROUP, kind: 'Group', name: 'system:masters' }],
}

const post = (cluster: SimCluster, path: string, body: object): void => {
  const { status, body: answer } = cluster.requestInside({
    method: 'POST',
    path,
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json', 'user-agent': 'lockstep-simcluster' },
    body: JSON.stringify(body),
    user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
  })
  if (status !== 201) throw new Error(`POST ${path} gave ${status}: ${String(answer)}`)
}
