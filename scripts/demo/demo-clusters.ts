import { readFileSync } from 'node:fs'
import { startRealFleet } from '../../test/real/fleet.ts'
import { startSimFleet } from '../../test/sim-fleet.ts'
import type { DemoCluster } from './fleet.ts'

/** Running clusters of the demo. */
export type DemoClusters = AsyncDisposable & {
  readonly kubeconfig: string
  /** The context of a cluster. */
  readonly toContext: (cluster: string) => string
}

/** In this process, each with nodes and controllers. */
export const openSimulatedClusters = async (wanted: readonly DemoCluster[]): Promise<DemoClusters> => {
  const fleet = await startSimFleet(wanted.map(({ name, nodes, site }) => ({ name, nodes, nodeLabels: { site } })))
  return {
    kubeconfig: fleet.kubeconfig,
    toContext: (cluster) => cluster,
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  }
}

/** Kubernetes' own control planes, all with as many nodes as the largest. */
export const openRealClusters = async (
  wanted: readonly DemoCluster[],
  options: { readonly signal: AbortSignal; readonly onBuild: (program: string) => void },
): Promise<DemoClusters> => {
  const nodes = Math.max(...wanted.map((cluster) => cluster.nodes))
  const fleet = await startRealFleet({ clusters: wanted.length, nodes, ...options })
  const contexts = new Map(wanted.map(({ name }, index) => [name, `real-${index + 1}`]))
  return {
    kubeconfig: readFileSync(fleet.kubeconfigFile, 'utf8'),
    toContext: (cluster) => contexts.get(cluster) ?? cluster,
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  }
}
