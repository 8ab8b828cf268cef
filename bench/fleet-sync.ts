import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { syncUntilApplied } from './lib/first-sync.ts'
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
    const runs = await syncUntilApplied(lockstep, args)
    await lockstep(['drift', ...args])
    const millis = runs.reduce((sum, run) => sum + run.millis, 0)
    const cpuMillis = runs.reduce((sum, run) => sum + run.cpuMillis, 0)
    const peakBytes = Math.max(...runs.map((run) => run.peakBytes))
    return [
      {
        what: 'until everything is applied, wall time',
        measured: `${formatMillis(millis)} in ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}, of it ${formatMillis(cpuMillis)} on a processor`,
        goal: '< 15 s',
        reached: millis < 15_000,
      },
      {
        what: 'peak memory of the process',
        measured: `${Math.round(peakBytes / 1e6)} MB`,
        goal: '< 250 MB',
        reached: peakBytes < 250e6,
      },
    ]
  },
}
