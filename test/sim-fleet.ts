import { systemClock } from '../src/base/system-clock.ts'
import { startControllers } from '../src/simcluster/controllers/start-controllers.ts'
import { createSimCluster } from '../src/simcluster/create-sim-cluster.ts'
import { furnishCluster } from '../src/simcluster/furnish-cluster.ts'
import { openSimServer } from '../src/simcluster/server.ts'
import { createPartPool } from '../src/simcluster/store/pool.ts'

/** A simulated cluster to start. */
export type WantedCluster = {
  readonly name: string
  readonly nodes: number
  readonly nodeLabels?: Record<string, string>
}

/** Running simulated clusters. */
export type SimFleet = AsyncDisposable & {
  /** With a context for each cluster, of its name, for the administrator. */
  readonly kubeconfig: string
}

/** Starts clusters in this process, over HTTPS on 127.0.0.1, each with nodes and controllers. */
export const startSimFleet = async (wanted: readonly WantedCluster[]): Promise<SimFleet> => {
  await using started = new AsyncDisposableStack()
  const pool = createPartPool()
  const clusters = wanted.map(({ name, nodes, nodeLabels = {} }) => {
    const cluster = started.use(createSimCluster({ name, clock: systemClock, pool }))
    furnishCluster(cluster, { nodes, labels: nodeLabels })
    started.use(startControllers(cluster))
    return cluster
  })
  const server = started.use(await openSimServer({ clusters, now: systemClock.now() }))
  const running = started.move()
  return { kubeconfig: server.kubeconfig(), [Symbol.asyncDispose]: () => running.disposeAsync() }
}
