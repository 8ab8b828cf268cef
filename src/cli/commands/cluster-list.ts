import { reconcileCluster } from '../../enforce/reconcile-cluster.ts'
import type { ResolvedCluster } from '../../fleet/resolved.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import type { ClusterOptions, Format } from '../options.ts'
import { type ListedCluster, printClusterList } from '../report/print-clusters.ts'
import { type ClusterRun, runClusters } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep cluster list`. */
export type ClusterListOptions = ClusterOptions & RemoteOptions & { readonly output: Format }

type Looked = { readonly version: string; readonly findings: number; readonly pending: number }

/** `lockstep cluster list`: every cluster in a line, all asked at once. */
export const runClusterList = async (options: ClusterListOptions, world: World): Promise<number> => {
  if (options.hub !== undefined)
    return (await import('./hub-clusters.ts')).runHubClusterList({ ...options, hub: options.hub }, world)
  await using session = await openFleetSession(options, world)
  const runs = await runClusters(
    session,
    async ({ desired, discovery, deps }, call): Promise<Looked> => {
      const { findings, pending } = await reconcileCluster({ desired, mode: 'heal', dryRun: true }, deps, call)
      return { version: discovery.serverVersion, findings: findings.length, pending: pending.length }
    },
    options,
    world,
  )
  world.signal.throwIfAborted()
  const clusters = session.fleet.clusters.map((cluster, index) => toListed(cluster, runs[index] as ClusterRun<Looked>))
  return printClusterList(clusters, options, world)
}

const toListed = ({ name, labels, provider, components }: ResolvedCluster, run: ClusterRun<Looked>): ListedCluster => ({
  name,
  labels,
  provider: provider.type,
  reachable: run.report.reachable,
  ...(run.report.error === undefined ? {} : { error: run.report.error }),
  components: components.length,
  ...(run.type === 'done' ? { ...run.result, inSync: run.result.findings + run.result.pending === 0 } : {}),
})
