import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { formatMillis } from './lib/statistics.ts'

/** From nothing to applied on all clusters of a fleet, with an empty cache. */
export const fleetSyncBench: Bench = {
  name: 'fleet-sync',
  title: 'first `sync` of kube-prometheus to 8 clusters',
  run: async ({ folder, corpus, lockstep }) => {
    await using fleet = await startRealFleet({ clusters: 8, controllers: false, nodes: 0 })
    const clusters = fleet.clusters.map(({ name }) => name)
    const { args } = await writeFleetRepository(folder, corpus, { clusters, kubeconfigFile: fleet.kubeconfigFile })
    const first = await lockstep(['sync', '--no-wait', ...args])
    await lockstep(['drift', ...args])
    return [
      {
        what: 'whole process, wall time',
        measured: formatMillis(first.millis),
        goal: '< 15 s',
        reached: first.millis < 15_000,
      },
      {
        what: 'peak memory of the process',
        measured: `${Math.round(first.peakBytes / 1e6)} MB`,
        goal: '< 250 MB',
        reached: first.peakBytes < 250e6,
      },
    ]
  },
}
