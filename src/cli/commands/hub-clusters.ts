import { MAX_PAGE } from '../../api/operation.ts'
import { EXIT } from '../exit-code.ts'
import { openHubClient } from '../hub/open-client.ts'
import { toSelection } from '../hub/to-selection.ts'
import { formatShown, type ShownCluster } from '../report/cluster-report.ts'
import { formatData } from '../report/data.ts'
import { type ListedCluster, printClusterList } from '../report/print-clusters.ts'
import type { World } from '../world.ts'
import type { ClusterListOptions } from './cluster-list.ts'
import type { ClusterShowOptions } from './cluster-show.ts'

/** `lockstep cluster list --hub`: the clusters of the fleet as the hub knows them. */
export const runHubClusterList = async (
  options: ClusterListOptions & { readonly hub: string },
  world: World,
): Promise<number> => {
  await using client = openHubClient(options, world)
  const clusters: ListedCluster[] = []
  const query = { ...toSelection(options), limit: MAX_PAGE }
  for await (const cluster of client.iterate('listClusters', { query }, { signal: world.signal })) {
    const { name, labels, provider, reachable, error, version, components, findings, pending } = cluster
    // What left the fleet has no labels: it is told of where it is asked for.
    if (labels === undefined) continue
    clusters.push({
      ...{ name, labels, provider: provider ?? '', reachable },
      ...(error === undefined ? {} : { error }),
      components,
      ...(version === undefined ? {} : { version }),
      ...(error === undefined ? { findings, pending, inSync: findings + pending === 0 } : {}),
    })
  }
  return printClusterList(clusters, options, world)
}

/** `lockstep cluster show --hub`: one cluster as the hub knows it, how it is and what was done to it last. */
export const runHubClusterShow = async (
  name: string,
  options: ClusterShowOptions & { readonly hub: string },
  world: World,
): Promise<number> => {
  await using client = openHubClient(options, world)
  const cluster = await client.call('getCluster', { params: { name } }, { signal: world.signal })
  const shown = { ...cluster, labels: cluster.labels ?? {}, shape: cluster.shape ?? {} } as unknown as ShownCluster
  const { output } = options
  world.stdout.write(
    output === 'table' ? formatShown(shown, world) : formatData(shown, output === 'json' ? 'json' : 'yaml'),
  )
  if (!cluster.reachable) return EXIT.unreachable
  return cluster.error === undefined ? EXIT.nothingToReport : EXIT.error
}
