import { SYSTEM_NAMESPACE } from '../../src/inventory/apply-set.ts'
import { type KubeObject, toRef } from '../../src/kube/object.ts'
import { createTarget, Refused } from './actor.ts'
import { findResource, type World } from './world.ts'

/** Namespaces take long to go, and so do the large definitions of others to come back. */
const isKept = ({ kind, metadata }: KubeObject): boolean =>
  (kind === 'Namespace' && metadata.deletionTimestamp === undefined) ||
  (kind === 'CustomResourceDefinition' && !metadata.name.endsWith('.tamper.example.com'))

/** Removes what an earlier run left, namespaces and definitions excepted, so that a run begins with nothing. */
export const resetWorld = async (world: World): Promise<void> => {
  const discovery = await world.discover()
  const manifests = world.manifests()
  const ignoreRefusal = (error: unknown): undefined => {
    if (!(error instanceof Refused)) throw error
  }
  await world.send('DELETE', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps`).catch(ignoreRefusal)
  for (let polls = 0; polls < 600; polls++) {
    const found = [...(await world.read())]
    const left = found.filter(([, object]) => !isKept(object))
    if (left.length === 0) {
      const bare = { metadata: { labels: null, annotations: null, finalizers: null, ownerReferences: null } }
      for (const [, { kind, metadata }] of found)
        if (kind === 'Namespace')
          await world.send('PATCH', `/api/v1/namespaces/${metadata.name}`, bare, 'application/merge-patch+json')
      return
    }
    await Promise.all(
      left.map(async ([key, live]) => {
        const resource = findResource(discovery, toRef(live), live.apiVersion)
        const manifest = manifests.get(key)
        if (!resource || !manifest) return
        const target = createTarget(manifest, live, resource, world.send)
        if (live.metadata.finalizers) await target.patchMerge({ metadata: { finalizers: null } }).catch(ignoreRefusal)
        await target.remove({ gracePeriodSeconds: 0 }).catch(ignoreRefusal)
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
