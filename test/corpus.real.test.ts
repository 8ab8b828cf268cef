import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openWorld, type World } from '../src/enforce/testing/world.ts'
import type { DesiredCluster } from '../src/render/desired.ts'
import { corpusDir } from './corpus.ts'
import { type RealFleet, startRealFleet } from './real/fleet.ts'
import { renderCorpus } from './render-corpus.ts'

const corpus = corpusDir()

/** Real manifests and charts, each with the cluster it goes to: two of them bring the same aggregated API. */
const FOLDERS = [
  { path: 'kube-prometheus', cluster: 0, objects: 131 },
  { path: 'podinfo/chart', cluster: 1, objects: 3 },
  { path: 'podinfo/kustomize', cluster: 1, objects: 4 },
  { path: 'online-boutique/chart', cluster: 1, objects: 37 },
  { path: 'online-boutique/kustomize', cluster: 0, objects: 36 },
  { path: 'metrics-server/chart', cluster: 1, objects: 10 },
  { path: 'metrics-server/kustomize/overlays/release-ha-1.21+', cluster: 2, objects: 11 },
] as const

describe.skipIf(!corpus || !inject('realFleet'))('the corpus on real clusters', () => {
  let fleet: RealFleet
  let worlds: World[]
  let cacheDir: string
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'lockstep-corpus-'))
    fleet = await startRealFleet({ clusters: 3, nodes: 2 })
    worlds = await Promise.all(fleet.clusters.map(({ kubeconfigFile }) => openWorld(kubeconfigFile)))
  })
  afterAll(async () => {
    for (const world of worlds ?? []) await world[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
    await rm(cacheDir, { recursive: true, force: true })
  })

  const render = async (path: string, world: World): Promise<DesiredCluster> =>
    renderCorpus([path], { directory: corpus as string, cacheDir, discovery: await world.client.discover() })

  test.for(FOLDERS)(
    '$path syncs, ends Current, shows no drift, and shows and heals every tampering',
    { timeout: 300_000 },
    async ({ path, cluster, objects }) => {
      const world = worlds[cluster] as World
      const desired = await render(path, world)
      const owned = new Set(desired.components.map(({ name }) => name))
      const ours = <Item extends { component: string }>(items: readonly Item[]): Item[] =>
        items.filter(({ component }) => owned.has(component))

      const synced = await world.reconcile(desired)
      const outcomes = ours(synced.outcomes)
      expect(
        outcomes.filter(
          ({ actuation, status }) => actuation !== 'done' || (status !== undefined && status !== 'Current'),
        ),
      ).toEqual([])
      expect(outcomes.length).toBeGreaterThanOrEqual(objects)
      const right = await world.drift(desired)
      expect([ours(right.findings), ours(right.pending)]).toEqual([[], []])

      const discovery = await world.client.discover()
      const tampered: string[] = []
      for (const { manifest } of desired.components.flatMap((component) => component.objects)) {
        const resource = discovery.find(
          manifest.apiVersion.includes('/') ? (manifest.apiVersion.split('/')[0] as string) : '',
          manifest.kind,
        )
        if (!resource) throw new Error(`${manifest.kind} is not served`)
        const { name, namespace } = manifest.metadata
        const address = { resource, name, ...(namespace ? { namespace } : {}) }
        const isWorkload = ['Deployment', 'DaemonSet', 'StatefulSet'].includes(manifest.kind)
        await world.client.patchMerge(
          address,
          {
            metadata: { labels: { tampered: 'yes' } },
            ...(isWorkload ? { spec: { template: { spec: { hostIPC: true } } } } : {}),
          },
          { fieldManager: 'somebody' },
        )
        tampered.push(`${manifest.kind}/${namespace ?? ''}/${name} /metadata/labels/tampered`)
        if (isWorkload) tampered.push(`${manifest.kind}/${namespace ?? ''}/${name} /spec/template/spec/hostIPC`)
      }
      const drift = ours((await world.drift(desired)).findings)
      expect(
        drift.map(({ object, field }) => `${object.kind}/${object.namespace ?? ''}/${object.name} ${field}`).sort(),
      ).toEqual(tampered.sort())
      expect(new Set(drift.map(({ manager }) => manager))).toEqual(new Set(['somebody']))
      await world.reconcile(desired, { mode: 'heal' })
      expect(ours((await world.drift(desired)).findings)).toEqual([])
    },
  )
})
