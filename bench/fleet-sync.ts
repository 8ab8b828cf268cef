import { openWorld } from '../src/enforce/testing/world.ts'
import type { KubeClient } from '../src/kube/client.ts'
import { type Manifest, toGroup } from '../src/kube/object.ts'
import { readManifests } from '../test/corpus.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { syncUntilApplied } from './lib/first-sync.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { applyRaw } from './lib/raw-apply.ts'
import { formatMillis, formatRatio } from './lib/statistics.ts'

const FLEET = { clusters: 8, controllers: false, nodes: 0 }
const FIRST = ['Namespace', 'CustomResourceDefinition']

/** From nothing to applied on all clusters of a fleet, with an empty cache; and the same applies with nothing around them. */
export const fleetSyncBench: Bench = {
  name: 'fleet-sync',
  title: 'first `sync` of kube-prometheus to 8 clusters',
  run: async ({ folder, corpus, lockstep }) => {
    const rawMillis = await measureRaw(readManifests(corpus))
    await using fleet = await startRealFleet(FLEET)
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
        what: 'against the same applies bare, to 8 other new clusters',
        measured: `${formatMillis(millis)} : ${formatMillis(rawMillis)} = ${formatRatio(millis / rawMillis)}`,
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

/** What the servers need at least: definitions, until they are served, then the rest, by a loop that keeps no record. */
const measureRaw = async (manifests: readonly Manifest[]): Promise<number> => {
  await using fleet = await startRealFleet(FLEET)
  const started = performance.now()
  await Promise.all(
    fleet.clusters.map(async ({ kubeconfigFile }) => {
      await using world = await openWorld(kubeconfigFile)
      const rest = manifests.filter(({ kind }) => !FIRST.includes(kind))
      for (const kind of FIRST)
        await applyRaw(
          world.client,
          manifests.filter((manifest) => manifest.kind === kind),
        )
      while (!(await serves(world.client, rest))) await new Promise((resolve) => setTimeout(resolve, 500))
      await applyRaw(world.client, rest)
    }),
  )
  return performance.now() - started
}

const serves = async (client: KubeClient, manifests: readonly Manifest[]): Promise<boolean> => {
  const discovery = await client.discover({ refresh: true })
  return manifests.every(({ apiVersion, kind }) => discovery.find(toGroup(apiVersion), kind) !== undefined)
}
