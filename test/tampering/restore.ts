import type { KubeObject } from '../../src/kube/object.ts'
import { Refused, type Target } from './actor.ts'
import { at } from './tree.ts'

/**
 * Undoes by hand what healing leaves alone: finalizers, owner references, restarts, deletions that are held. With `force`
 * the object goes as a whole, for the next healing to make anew.
 */
export const restore = async (
  target: Target,
  before: KubeObject,
  options: { readonly force: boolean },
): Promise<void> => {
  const { live } = target
  try {
    if (live.metadata.deletionTimestamp) {
      await target.patchMerge({ metadata: { finalizers: null } })
      return
    }
    const { finalizers = null, ownerReferences = null } = before.metadata
    await target.patchMerge({ metadata: { finalizers, ownerReferences } })
    if (at(live, '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt') !== undefined)
      await target.patchMerge({
        spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': null } } } },
      })
    if (options.force || at(live, '/spec/ephemeralContainers') !== undefined)
      await target.remove({ gracePeriodSeconds: 0 })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
}
