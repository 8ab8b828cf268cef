import { mapLimited } from '../src/base/limit.ts'
import { openWorld } from '../src/enforce/testing/world.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { syncUntilApplied } from './lib/first-sync.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { createApplications, toNamespace } from './lib/manifests.ts'
import { measureOn } from './lib/requests.ts'
import { computeMedian, formatMillis, formatRatio, measureInTurn } from './lib/statistics.ts'

const OWN = 1_000
const FOREIGN = 20_000

/** 1,000 objects of our own: alone on a cluster, and on another one beside 20,000 that are not ours. */
export const driftAtScaleBench: Bench = {
  name: 'drift-at-scale',
  title: '1,000 objects of six kinds, alone and beside 20,000 foreign ConfigMaps',
  run: async ({ folder, lockstep, kubectlDiff }) => {
    await using fleet = await startRealFleet({ clusters: 2, nodes: 0 })
    const [alone, crowded] = fleet.clusters as [(typeof fleet.clusters)[0], (typeof fleet.clusters)[0]]
    const { args, manifests } = await writeFleetRepository(folder, createApplications(OWN), {
      clusters: [alone.name, crowded.name],
      kubeconfigFile: fleet.kubeconfigFile,
    })
    await createForeign(crowded.kubeconfigFile)
    await syncUntilApplied(lockstep, args)
    const drift = (cluster: typeof alone) => () =>
      measureOn(cluster, () => lockstep(['drift', '--cluster', cluster.name, ...args]))
    const runs = await measureInTurn({ alone: drift(alone), crowded: drift(crowded) }, 7)
    const kubectl = await measureOn(alone, () => kubectlDiff(manifests, alone.kubeconfigFile))
    const wall = (side: keyof typeof runs): number => computeMedian(runs[side].map(({ millis }) => millis))
    const requests = (side: keyof typeof runs): number => computeMedian(runs[side].map((run) => run.requests))
    const fewer = kubectl.requests / requests('alone')
    const slower = wall('crowded') / wall('alone')
    return [
      {
        what: 'requests of `lockstep drift` and of `kubectl diff --server-side`',
        measured: `${requests('alone')} : ${kubectl.requests} = ${formatRatio(fewer)} fewer`,
        goal: '≥ 50× fewer',
        reached: fewer >= 50,
      },
      {
        what: 'wall time of both',
        measured: `${formatMillis(wall('alone'))} : ${formatMillis(kubectl.millis)} = ${formatRatio(kubectl.millis / wall('alone'))} faster`,
      },
      {
        what: 'with the foreign objects, against without',
        measured: `${formatMillis(wall('crowded'))} : ${formatMillis(wall('alone'))} = ${formatRatio(slower)}; ${requests('crowded')} requests`,
        goal: '≤ 1.5×',
        reached: slower <= 1.5,
      },
    ]
  },
}

const createForeign = async (kubeconfigFile: string): Promise<void> => {
  await using world = await openWorld(kubeconfigFile)
  const { client } = world
  const discovery = await client.discover()
  const namespaces = discovery.find('', 'Namespace')!
  const resource = discovery.find('', 'ConfigMap')!
  const namespace = 'foreign'
  await client.create({ resource: namespaces }, toNamespace(namespace))
  await mapLimited(Array.from({ length: FOREIGN }), 32, (_, index) =>
    client.create(
      { resource, namespace },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `foreign-${index}`, namespace },
        data: { index: `${index}` },
      },
    ),
  )
}
