import { isLockstepError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { PART_OF_LABEL } from '../inventory/apply-set.ts'
import { createInventory, type Inventory, type InventoryEntry, updateInventory } from '../inventory/inventory.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import { toRef, toRefKey } from '../kube/object.ts'
import { findTracker } from '../plan/ownership.ts'

/**
 * Rebuilds lost inventories from the labels of the objects: every kind that can be listed is asked for what carries them.
 * Only objects that we applied ourselves count, since controllers copy labels to objects of their own.
 */
export const recoverInventories = async (
  known: ReadonlyMap<string, Inventory>,
  deps: { readonly client: KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal } = {},
): Promise<{ readonly inventories: Map<string, Inventory>; readonly count: number }> => {
  const kinds = deps.discovery.resources.filter(({ verbs }) => verbs.includes('list') && verbs.includes('delete'))
  const lists = await mapLimited(kinds, 16, async (resource) => {
    try {
      const { items } = await deps.client.listMetadata({ resource, labelSelector: PART_OF_LABEL }, options)
      const apiVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version
      return items.map((item) => ({ ...item, apiVersion, kind: resource.kind }))
    } catch (error) {
      if (options.signal?.aborted || !isLockstepError(error)) throw error
      return []
    }
  })
  const recorded = new Set([...known.values()].flatMap(({ entries }) => [...entries.keys()]))
  const found = new Map<string, InventoryEntry[]>()
  for (const item of lists.flat()) {
    const tracker = findTracker(item)
    if (tracker.type !== 'component' || recorded.has(toRefKey(toRef(item)))) continue
    const entry = {
      ref: toRef(item),
      apiVersion: item.apiVersion,
      ...(item.metadata.uid ? { uid: item.metadata.uid } : {}),
    }
    found.set(tracker.component, [...(found.get(tracker.component) ?? []), entry])
  }
  const inventories = new Map(known)
  for (const [component, entries] of found) {
    inventories.set(component, updateInventory(known.get(component) ?? createInventory(component), { set: entries }))
  }
  return { inventories, count: [...found.values()].flat().length }
}
