import { SYSTEM_NAMESPACE } from '../../src/inventory/apply-set.ts'
import { toRef } from '../../src/kube/object.ts'
import { createTarget, Refused } from './actor.ts'
import { findResource, type World } from './world.ts'

/** Removes what an earlier run left, namespaces and definitions excepted, so that a run begins with nothing. */
export const resetWorld = async (world: World): Promise<void> => {
  const discovery = await world.discover()
  const manifests = world.manifests()
  const ignoreRefusal = (error: unknown): undefined => {
    if (!(error instanceof Refused)) throw error
  }
  await world.send('DELETE', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps`).catch(ignoreRefusal)
  for (let polls = 0; polls < 60; polls++) {
    const left = [...(await world.read())].filter(
      ([, { kind }]) => kind !== 'Namespace' && kind !== 'CustomResourceDefinition',
    )
    if (left.length === 0) return
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
