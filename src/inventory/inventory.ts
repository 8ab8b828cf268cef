import type { ListKeys } from '../kube/managed-fields.ts'
import { type ObjectRef, toGroupKind, toRefKey } from '../kube/object.ts'
import type { Fingerprint } from './fingerprint.ts'

/** One object of ours on a cluster. Without a fingerprint: announced before an apply whose end was not recorded. */
export type InventoryEntry = {
  readonly ref: ObjectRef
  readonly apiVersion: string
  /** The only objects that are ever pruned are those whose uid is here. */
  readonly uid?: string
  readonly fingerprint?: Fingerprint
  /** Stays on the cluster when Git drops it. */
  readonly keep?: boolean
  /** Was not Current when the last sync ended, so the next one waits for it. */
  readonly unready?: boolean
}

/** Everything we own of one component on one cluster, as stored there. */
export type Inventory = {
  readonly component: string
  readonly entries: ReadonlyMap<string, InventoryEntry>
  /** How lists merge, by kind (`apps/Deployment`), learned from the server's field ownership. */
  readonly lists: Readonly<Record<string, ListKeys>>
  /** Revision of the last sync. */
  readonly revision: string
  /** Counts writes: of two records of one object in different shards, the later one holds. */
  readonly seq: number
  /** The ConfigMaps it is stored in, with the resourceVersions they were read at. */
  readonly stored: readonly { readonly name: string; readonly resourceVersion: string }[]
}

/** A component never synced. */
export const createInventory = (component: string): Inventory => ({
  component,
  entries: new Map(),
  lists: {},
  revision: '',
  seq: 0,
  stored: [],
})

/** The inventory with some entries set and others removed. Pure. */
export const updateInventory = (
  inventory: Inventory,
  change: {
    readonly set?: Iterable<InventoryEntry>
    readonly remove?: Iterable<ObjectRef>
    readonly lists?: Readonly<Record<string, ListKeys>>
    readonly revision?: string
  },
): Inventory => {
  const entries = new Map(inventory.entries)
  for (const ref of change.remove ?? []) entries.delete(toRefKey(ref))
  for (const entry of change.set ?? []) entries.set(toRefKey(entry.ref), entry)
  const lists: Record<string, ListKeys> = { ...inventory.lists }
  for (const [kind, keys] of Object.entries(change.lists ?? {})) lists[kind] = { ...lists[kind], ...keys }
  return { ...inventory, entries, lists, revision: change.revision ?? inventory.revision }
}

/** The list keys known for the kind of an object. */
export const getListKeys = (inventory: Inventory, ref: ObjectRef): ListKeys => inventory.lists[toGroupKind(ref)] ?? {}
