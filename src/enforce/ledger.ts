import type { AppliedObject } from '../apply/change-set.ts'
import type { Pool } from '../base/pool.ts'
import { compactEntry } from '../inventory/compact-entry.ts'
import {
  createInventory,
  getListKeys,
  type Inventory,
  type InventoryEntry,
  updateInventory,
} from '../inventory/inventory.ts'
import { readInventories, readSecretKey, writeInventory } from '../inventory/store.ts'
import type { CallOptions, KubeClient } from '../kube/client.ts'
import type { ListKeys } from '../kube/managed-fields.ts'
import type { ObjectRef } from '../kube/object.ts'

/** The inventories of one cluster while they are read and written: each component's writes follow one another. */
export type Ledger = {
  /** Reads what is stored. What was recorded here and is not stored yet stays, where nobody else wrote in between. */
  readonly load: (options?: CallOptions) => Promise<ReadonlyMap<string, Inventory>>
  /** As last loaded and recorded. */
  readonly current: () => ReadonlyMap<string, Inventory>
  /** What is recorded of an object, by its key: in two inventories only while it moves, and the one that knows more counts. */
  readonly find: (key: string) => InventoryEntry | undefined
  /** Takes inventories that were rebuilt from labels for what is stored. */
  readonly adopt: (inventories: ReadonlyMap<string, Inventory>) => void
  readonly read: (component: string) => Inventory
  readonly listsOf: (component: string, ref: ObjectRef) => ListKeys
  /** Stored when it resolves: what is about to be created must not be orphaned. */
  readonly announce: (component: string, change: InventoryChange, options?: CallOptions) => Promise<void>
  /** What became of objects: stored when it resolves, or with the next `flush` where writes are deferred. */
  readonly record: (component: string, change: InventoryChange, options?: CallOptions) => Promise<void>
  /** Remembers without a reason to write: what was found unchanged. Stored with the next write of its component. */
  readonly note: (component: string, change: InventoryChange) => void
  /** Stores what was deferred. */
  readonly flush: (options?: CallOptions) => Promise<void>
  /** The key of the cluster's Secrets, asked for until there is one. */
  readonly key: (options?: CallOptions & { readonly create?: boolean }) => Promise<Buffer | undefined>
}

/** What becomes of an inventory. */
export type InventoryChange = Parameters<typeof updateInventory>[1]

/**
 * Opens the inventories of a cluster. With `deferred`, records wait in memory for a `flush`: a process that is killed
 * before it loses no object, only what it knew of it, and finds it out again by reading the object. With a `pool`, what is
 * equal on other clusters is held once.
 */
export const createLedger = (
  client: KubeClient,
  { deferred = false, pool }: { readonly deferred?: boolean; readonly pool?: Pool } = {},
): Ledger => {
  let inventories = new Map<string, Inventory>()
  let key: Buffer | undefined
  const dirty = new Set<string>()
  const queues = new Map<string, Promise<void>>()
  const read = (component: string): Inventory => inventories.get(component) ?? createInventory(component)

  const store = (component: string, { signal }: CallOptions): Promise<void> => {
    const storing = (queues.get(component) ?? Promise.resolve()).then(async () => {
      const written = read(component)
      dirty.delete(component)
      try {
        const { seq, stored } = await writeInventory(client, written, signal ? { signal } : {})
        // What was recorded while it was under way stays.
        inventories.set(component, { ...read(component), seq, stored })
      } catch (error) {
        dirty.add(component)
        throw error
      }
    })
    queues.set(
      component,
      storing.catch(() => undefined),
    )
    return storing
  }
  const change = (component: string, changed: InventoryChange): void => {
    const set = pool && [...(changed.set ?? [])].map((entry) => compactEntry(entry, pool))
    inventories.set(component, updateInventory(read(component), set ? { ...changed, set } : changed))
  }

  return {
    load: async (options = {}) => {
      await Promise.all(queues.values())
      inventories = await readInventories(client, { ...options, known: inventories, ...(pool ? { pool } : {}) })
      // Its objects may be gone with their namespace, and be made anew.
      key = undefined
      return new Map(inventories)
    },
    current: () => new Map(inventories),
    find: (key) => {
      let found: InventoryEntry | undefined
      for (const { entries } of inventories.values()) {
        const entry = entries.get(key)
        if (entry?.fingerprint) return entry
        found ??= entry
      }
      return found
    },
    adopt: (rebuilt) => {
      inventories = new Map(rebuilt)
    },
    read,
    listsOf: (component, ref) => getListKeys(read(component), ref),
    announce: (component, changed, options = {}) => {
      change(component, changed)
      return store(component, options)
    },
    record: async (component, changed, options = {}) => {
      change(component, changed)
      if (deferred) dirty.add(component)
      else await store(component, options)
    },
    note: change,
    flush: async (options = {}) => {
      await Promise.all([...dirty].map((component) => store(component, options)))
    },
    key: async (options = {}) => {
      key ??= await readSecretKey(client, options)
      return key
    },
  }
}

/** Was nothing of it written by anybody between the two? */
export const isSameStore = (seen: Inventory, now: Inventory): boolean => formatStore(seen) === formatStore(now)

const formatStore = ({ stored }: Inventory): string =>
  stored
    .map(({ name, resourceVersion }) => `${name}@${resourceVersion}`)
    .sort()
    .join()

/** What the ways of lists say that a batch of objects taught. */
export const mergeLists = (applied: readonly AppliedObject[]): Record<string, ListKeys> => {
  const lists: Record<string, ListKeys> = {}
  for (const result of applied)
    for (const [kind, keys] of Object.entries(result.lists ?? {})) lists[kind] = { ...lists[kind], ...keys }
  return lists
}
