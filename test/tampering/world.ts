import { systemClock, systemRandom } from '../../src/base/system-clock.ts'
import { type ReconcileResult, reconcileCluster } from '../../src/enforce/reconcile-cluster.ts'
import type { Discovery, KubeClient, Resource } from '../../src/kube/client.ts'
import type { ClusterAccess } from '../../src/kube/cluster-access.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import {
  type KubeObject,
  type Manifest,
  type ObjectRef,
  toGroup,
  toRef,
  toRefKey,
  toVersion,
} from '../../src/kube/object.ts'
import { toCollectionPath } from '../../src/kube/path.ts'
import type { DesiredCluster } from '../../src/render/desired.ts'
import { createSender, type Send } from './actor.ts'
import { toDesired } from './components.ts'

/** One real cluster, what Git says of it, the product and a stranger. */
export type World = AsyncDisposable & {
  readonly client: KubeClient
  readonly send: Send
  readonly desired: () => DesiredCluster
  readonly manifests: () => ReadonlyMap<string, Manifest>
  readonly discover: () => Promise<Discovery>
  readonly drift: () => Promise<ReconcileResult>
  readonly heal: (signal?: AbortSignal) => Promise<ReconcileResult>
  readonly sync: () => Promise<ReconcileResult>
  /** Every object of ours as the server has it, by its key, read without the product. */
  readonly read: () => Promise<Map<string, KubeObject>>
}

/** Opens a world on a cluster. Its definitions are applied first: only then the scope of each kind is known. */
export const openWorld = async (
  access: ClusterAccess,
  read: (discovery: Discovery) => Promise<ReadonlyMap<string, readonly Manifest[]>>,
): Promise<World> => {
  const client = createKubeClient(access, { clock: systemClock, random: systemRandom })
  const { send, close } = createSender(access)
  const holder = `tampering-${process.pid}`
  let discovery = await client.discover({ refresh: true })
  const components = await read(discovery)
  let desired = toDesired(components, discovery)
  const reconcile = (mode: 'heal' | 'sync', dryRun: boolean, signal?: AbortSignal): Promise<ReconcileResult> =>
    reconcileCluster(
      { desired, mode, dryRun },
      { client, clock: systemClock, holder, lockWaitMs: 60_000, emit: () => undefined },
      signal ? { signal } : {},
    )
  const listManifests = (): Map<string, Manifest> =>
    new Map(
      desired.components.flatMap(({ objects }) => objects.map(({ manifest }) => [toRefKey(toRef(manifest)), manifest])),
    )
  const world: World = {
    client,
    send,
    desired: () => desired,
    manifests: listManifests,
    discover: async () => client.discover({ refresh: true }),
    drift: () => reconcile('heal', true),
    heal: (signal) => reconcile('heal', false, signal),
    sync: async () => {
      await reconcile('sync', false)
      discovery = await client.discover({ refresh: true })
      desired = toDesired(components, discovery)
      return reconcile('sync', false)
    },
    read: () => readAll(listManifests(), discovery, send),
    [Symbol.asyncDispose]: async () => {
      close()
      await client[Symbol.asyncDispose]()
    },
  }
  return world
}

const readAll = async (
  manifests: ReadonlyMap<string, Manifest>,
  discovery: Discovery,
  send: Send,
): Promise<Map<string, KubeObject>> => {
  const kinds = new Map(
    [...manifests.values()].map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]),
  )
  const lists = await Promise.all(
    [...kinds.values()].map(async ({ apiVersion, kind }) => {
      const resource = findResource(discovery, { group: toGroup(apiVersion), kind, name: '' }, apiVersion)
      if (!resource) return []
      const list = await send('GET', toCollectionPath(resource)).catch((error: Error & { status?: number }) => {
        // The definition of the kind is gone, and everything of the kind with it.
        if (error.status === 404) return { items: [] }
        throw error
      })
      return (list.items as KubeObject[]).map((item) => ({ ...item, apiVersion, kind }))
    }),
  )
  const found = lists.flat().map((object): [string, KubeObject] => [toRefKey(toRef(object)), object])
  return new Map(found.filter(([key, { apiVersion }]) => manifests.get(key)?.apiVersion === apiVersion))
}

/** The resource of an object at the version of its manifest. */
export const findResource = (discovery: Discovery, ref: ObjectRef, apiVersion: string): Resource | undefined =>
  discovery.find(ref.group, ref.kind, toVersion(apiVersion)) ?? discovery.find(ref.group, ref.kind)
