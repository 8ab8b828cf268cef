import { componentOf, desiredOf, openWorld, type World } from '../src/enforce/testing/world.ts'
import type { Manifest } from '../src/kube/object.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench, Row } from './lib/bench.ts'
import { toConfigMap, toDeployment, toNamespace } from './lib/manifests.ts'
import { applyRaw } from './lib/raw-apply.ts'
import { computeMedian, formatRatio, measureInTurn } from './lib/statistics.ts'

const ROUNDS = 3
const COUNT = 500
const KINDS = { 'ConfigMaps of 2 kB': toConfigMap, Deployments: toDeployment } as const

/** A first reconcile, from looking at the cluster to the stored inventory, against a loop that only applies. */
export const firstApplyBench: Bench = {
  name: 'first-apply',
  title: `first apply of ${COUNT} objects, against a loop of bare server-side applies on the same client`,
  run: async () => {
    // A first apply happens once on a cluster, so every round has one of its own.
    await using fleet = await startRealFleet({ clusters: ROUNDS + 1, controllers: false, nodes: 0 })
    const rows: Row[] = []
    for (const [label, toManifest] of Object.entries(KINDS)) {
      const component = toManifest === toConfigMap ? 'settings' : 'web'
      const createObjects = (namespace: string): Manifest[] =>
        Array.from({ length: COUNT }, (_, index) => toManifest(namespace, index))
      const onCluster =
        (measure: (world: World) => Promise<number>) =>
        async (round: number): Promise<number> => {
          await using world = await openWorld(fleet.clusters[round + 1]!.kubeconfigFile)
          return measure(world)
        }
      const runs = await measureInTurn(
        {
          raw: onCluster(async ({ client }) => {
            const namespace = `raw-${component}`
            await applyRaw(client, [toNamespace(namespace)])
            return applyRaw(client, createObjects(namespace))
          }),
          lockstep: onCluster(({ client, reconcile }) =>
            measureReconcile(reconcile, component, createObjects(`own-${component}`), client.discover),
          ),
        },
        ROUNDS,
      )
      const rate = (side: keyof typeof runs): number => computeMedian(runs[side])
      const ratio = computeMedian(runs.lockstep.map((value, round) => value / runs.raw[round]!))
      rows.push({
        what: `${label}, objects per second`,
        measured: `${Math.round(rate('lockstep'))} : ${Math.round(rate('raw'))} = ${formatRatio(ratio)}`,
        goal: '≥ 0.80×',
        reached: ratio >= 0.8,
      })
    }
    return rows
  },
}

const measureReconcile = async (
  reconcile: World['reconcile'],
  component: string,
  objects: readonly Manifest[],
  discover: () => Promise<unknown>,
): Promise<number> => {
  // As on the other side: what the server serves is known.
  await discover()
  const namespace = objects[0]!.metadata.namespace!
  const manifests = [toNamespace(namespace), ...objects]
  const started = performance.now()
  const { outcomes } = await reconcile(desiredOf([componentOf(component, manifests)]))
  const seconds = (performance.now() - started) / 1_000
  const done = outcomes.filter(({ action, actuation }) => action === 'create' && actuation === 'done').length
  if (done !== manifests.length) throw new Error(`only ${done} of ${manifests.length} objects were created`)
  return objects.length / seconds
}
