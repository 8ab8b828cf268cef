import { readFileSync } from 'node:fs'
import { systemClock } from '../../src/base/system-clock.ts'
import { startControllers } from '../../src/simcluster/controllers/start-controllers.ts'
import { createSimCluster } from '../../src/simcluster/create-sim-cluster.ts'
import { furnishCluster } from '../../src/simcluster/furnish-cluster.ts'
import { openSimServer } from '../../src/simcluster/server.ts'
import { createPartPool } from '../../src/simcluster/store/pool.ts'
import { startRealFleet } from '../../test/real/fleet.ts'
import type { DemoCluster } from './fleet.ts'

/** Running clusters of the demo. */
export type DemoClusters = AsyncDisposable & {
  readonly kubeconfig: string
  /** The context of a cluster. */
  readonly toContext: (cluster: string) => string
}

/** In this process, each with nodes and controllers. */
export const openSimulatedClusters = async (wanted: readonly DemoCluster[]): Promise<DemoClusters> => {
  const stack = new AsyncDisposableStack()
  const pool = createPartPool()
  const clusters = wanted.map(({ name, site, nodes }) => {
    const cluster = stack.use(createSimCluster({ name, clock: systemClock, pool }))
    furnishCluster(cluster, { nodes, labels: { site } })
    stack.use(startControllers(cluster))
    return cluster
  })
  const server = stack.use(await openSimServer({ clusters, now: systemClock.now() }))
  return {
    kubeconfig: server.kubeconfig(),
    toContext: (cluster) => cluster,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
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
