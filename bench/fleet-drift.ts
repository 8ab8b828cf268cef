import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { syncUntilApplied } from './lib/first-sync.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { computeMedian, formatMillis, measureInTurn } from './lib/statistics.ts'

/** One command for a whole fleet of real clusters. */
export const fleetDriftBench: Bench = {
  name: 'fleet-drift',
  title: 'kube-prometheus on each of 10 clusters, nothing changed',
  run: async ({ folder, corpus, lockstep }) => {
    await using fleet = await startRealFleet({ clusters: 10, controllers: false, nodes: 0 })
    const clusters = fleet.clusters.map(({ name }) => name)
    const { args } = await writeFleetRepository(folder, corpus, { clusters, kubeconfigFile: fleet.kubeconfigFile })
    await syncUntilApplied(lockstep, args)
    const runs = await measureInTurn(
      {
        fleet: () => lockstep(['drift', ...args]),
        single: () => lockstep(['drift', '--cluster', clusters[0]!, ...args]),
      },
      5,
    )
    const wall = (side: keyof typeof runs): number => computeMedian(runs[side].map(({ millis }) => millis))
    const peakMegabytes = Math.round(Math.max(...runs.fleet.map(({ peakBytes }) => peakBytes)) / 1e6)
    return [
      {
        what: '`lockstep drift` of the fleet, whole process',
        measured: `${formatMillis(wall('fleet'))}, ${peakMegabytes} MB; of one of its clusters ${formatMillis(wall('single'))}`,
        goal: '< 2 s',
        reached: wall('fleet') < 2_000,
      },
    ]
  },
}
