import type { ResolvedShape } from '../../fleet/resolved.ts'
import type { KubeObject } from '../../kube/object.ts'

/** What a cluster is made of, as far as its API tells. */
export type ObservedShape = {
  readonly serverVersion: string
  /** Absent: not asked. */
  readonly nodes?: readonly KubeObject[]
}

/** In what a cluster is not as its template says, in words: for clusters that are not ours to change. Pure. */
export const compareShape = (shape: ResolvedShape, observed: ObservedShape): string[] => [
  ...compareVersion(shape.kubernetesVersion, observed.serverVersion),
  ...(observed.nodes ? compareNodes(shape, observed.nodes) : []),
]

/** Distributions add their own suffix (`v1.36.3-eks-1`, `v1.36.3+k3s1`): only what the template states has to be equal. */
const compareVersion = (wanted: string | undefined, actual: string): string[] => {
  const toParts = (version: string): string[] => version.replace(/^v/, '').split(/[.+-]/).slice(0, 3)
  if (wanted === undefined || actual === '') return []
  const parts = toParts(actual)
  return toParts(wanted).every((part, at) => part === parts[at])
    ? []
    : [`runs Kubernetes ${actual}, the template says ${wanted}`]
}

const compareNodes = ({ controlPlane, workers }: ResolvedShape, nodes: readonly KubeObject[]): string[] => {
  const isControlPlane = ({ metadata: { labels = {} } }: KubeObject): boolean =>
    'node-role.kubernetes.io/control-plane' in labels
  const masters = nodes.filter(isControlPlane).length
  const count = nodes.length - masters
  const low = sum(workers, ({ autoscale, replicas = 0 }) => autoscale?.min ?? replicas)
  const high = sum(workers, ({ autoscale, replicas = Number.POSITIVE_INFINITY }) => autoscale?.max ?? replicas)
  return [
    // Managed services do not show their control plane as nodes.
    ...(masters > 0 && controlPlane?.replicas !== undefined && controlPlane.replicas !== masters
      ? [`has ${masters} control plane nodes, the template says ${controlPlane.replicas}`]
      : []),
    ...(workers !== undefined && (count < low || count > high)
      ? [
          `has ${count} worker nodes, the template says ${low === high ? low : high === Number.POSITIVE_INFINITY ? `at least ${low}` : `${low} to ${high}`}`,
        ]
      : []),
  ]
}

const sum = <Item>(items: readonly Item[] = [], pick: (item: Item) => number): number =>
  items.reduce((total, item) => total + pick(item), 0)
