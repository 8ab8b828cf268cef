import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { runCommand } from './lib/command.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { measureOn } from './lib/requests.ts'
import { computeMedian, formatMillis, formatRatio, measureInTurn } from './lib/statistics.ts'

/** One cluster, 131 objects, nothing changed: `drift`, a second `sync`, and what kubectl takes for the same answer. */
export const driftBench: Bench = {
  name: 'drift',
  title: 'kube-prometheus (131 objects) on one cluster, nothing changed',
  run: async ({ folder, corpus, lockstep, kubectlDiff }) => {
    await using fleet = await startRealFleet({ clusters: 1 })
    const [cluster] = fleet.clusters as [(typeof fleet.clusters)[0]]
    const { args, manifests } = await writeFleetRepository(folder, corpus, {
      clusters: [cluster.name],
      kubeconfigFile: fleet.kubeconfigFile,
    })
    await lockstep(['sync', ...args])
    const runs = await measureInTurn(
      {
        drift: () => measureOn(cluster, () => lockstep(['drift', ...args])),
        sync: () => measureOn(cluster, () => lockstep(['sync', ...args])),
        empty: () => measureOn(cluster, () => runCommand(process.execPath, ['--eval', '0'])),
        kubectl: () => measureOn(cluster, () => kubectlDiff(manifests, cluster.kubeconfigFile)),
      },
      3,
    )
    const wall = (side: keyof typeof runs): number => computeMedian(runs[side].map(({ millis }) => millis))
    const requests = (side: keyof typeof runs): number => computeMedian(runs[side].map((run) => run.requests))
    const cpu = computeMedian(runs.drift.map(({ cpuMillis }) => cpuMillis))
    const writes = Math.max(...[...runs.drift, ...runs.sync].map((run) => run.writes))
    const faster = wall('kubectl') / wall('drift')
    const fewer = requests('kubectl') / requests('drift')
    return [
      {
        what: '`lockstep drift`, whole process, against `kubectl diff --server-side`',
        measured: `${formatMillis(wall('drift'))} : ${formatMillis(wall('kubectl'))} = ${formatRatio(faster)} faster`,
        goal: '≥ 10× faster',
        reached: faster >= 10,
      },
      {
        what: 'its requests',
        measured: `${requests('drift')} : ${requests('kubectl')} = ${formatRatio(fewer)} fewer`,
        goal: '≥ 10× fewer',
        reached: fewer >= 10,
      },
      {
        what: 'its wall time, rendered manifests cached',
        measured: `${formatMillis(wall('drift'))}, of it ${formatMillis(cpu)} on a processor; an empty Node process: ${formatMillis(wall('empty'))}`,
        goal: '< 0.4 s',
        reached: wall('drift') < 400,
      },
      {
        what: 'a second `sync` with nothing to do',
        measured: `${formatMillis(wall('sync'))}, ${requests('sync')} requests, ${writes} writes`,
        goal: 'no write, as many reads as `drift`',
        reached: writes === 0 && requests('sync') === requests('drift'),
      },
    ]
  },
}
