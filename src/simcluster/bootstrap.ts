import type { ApiRequest } from './api.ts'
import { handleRequest } from './rest/handle-request.ts'
import { readRequestInfo } from './rest/request-info.ts'
import type { Backend } from './rest/scope.ts'

/** Creates what every API server creates for itself when it starts: namespaces, its own Service, the system's priorities. */
export const bootstrapCluster = (backend: Backend): void => {
  for (const name of ['kube-system', 'kube-public', 'default', 'kube-node-lease'])
    create(backend, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  create(backend, '/api/v1/namespaces/default/services', SERVICE)
  for (const priority of PRIORITIES) create(backend, '/apis/scheduling.k8s.io/v1/priorityclasses', priority)
}

const create = (backend: Backend, path: string, body: object): void => {
  const request: ApiRequest = {
    method: 'POST',
    path,
    query: new URLSearchParams(),
    headers: { 'user-agent': 'kube-apiserver', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    user: { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
  }
  const answer = handleRequest(backend, readRequestInfo(request), request)
  if (answer.status !== 201) throw new Error(`POST ${path} gave ${answer.status}: ${String(answer.body)}`)
}

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.1',
    clusterIPs: ['10.96.0.1'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    sessionAffinity: 'None',
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
  },
}

const toPriority = (name: string, value: number, description: string) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description,
})

const PRIORITIES = [
  toPriority(
    'system-node-critical',
    2_000_001_000,
    'Used for system critical pods that must not be moved from their current node.',
  ),
  toPriority(
    'system-cluster-critical',
    2_000_000_000,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
]
