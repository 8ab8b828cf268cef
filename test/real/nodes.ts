import type { RealCluster } from './cluster.ts'
import { waitUntil } from './wait-until.ts'

const CAPACITY = { cpu: '100', memory: '1Ti', 'ephemeral-storage': '1Ti', pods: '10k' }

/** Adds fake nodes that kwok looks after, and waits until pods can be scheduled on them. */
export const createNodes = async (cluster: RealCluster, count: number, signal: AbortSignal): Promise<void> => {
  const names = Array.from({ length: count }, (_, index) => `${cluster.name}-node-${index + 1}`)
  await Promise.all(names.map((name) => createNode(cluster, name, signal)))
  await Promise.all(
    names.map((name) =>
      waitUntil(`node ${name}`, () => isSchedulable(cluster, name, signal), { timeoutMs: 60_000, signal }),
    ),
  )
}

const createNode = async (cluster: RealCluster, name: string, signal: AbortSignal): Promise<void> => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/region': 'local',
        'topology.kubernetes.io/zone': 'local-a',
      },
    },
    status: { allocatable: CAPACITY, capacity: CAPACITY, nodeInfo: NODE_INFO },
  }
  const { status, body } = await cluster.call('POST', '/api/v1/nodes', { body: node, signal })
  if (status !== 201) throw new Error(`Node ${name} was not created: ${JSON.stringify(body)}`)
}

/** The API server refuses an empty one. */
const NODE_INFO = {
  architecture: 'amd64',
  operatingSystem: 'linux',
  kubeletVersion: 'v1.36.3',
  kubeProxyVersion: '',
  containerRuntimeVersion: 'kwok://0.7.0',
  kernelVersion: '',
  osImage: '',
  machineID: '',
  systemUUID: '',
  bootID: '',
}

type Node = {
  readonly spec: { readonly taints?: readonly unknown[] }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

const isSchedulable = async (cluster: RealCluster, name: string, signal: AbortSignal): Promise<boolean> => {
  const { body } = await cluster.call<Node>('GET', `/api/v1/nodes/${name}`, { signal })
  const isReady = body.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  return isReady === true && body.spec.taints === undefined
}
