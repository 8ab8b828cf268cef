import type { KubeObject } from '../../kube/object.ts'
import type { PartPool } from './pool.ts'
import {
  formatMembers,
  formatMetadata,
  readMetadata,
  readObject,
  type StoredObject,
  type StoredType,
  storeObject,
} from './stored-object.ts'
import { formatUid, toUidSeed } from './uid.ts'

/** One change of one object. Of a deletion, `object` is its last state, at the version of the deletion. */
export type StoreChange = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The stored resource: `apps/deployments`; `/pods` of the core group. */
  readonly resource: string
  readonly object: StoredObject
  readonly previous: StoredObject | undefined
}

/** The objects of one cluster, in memory, with the changes of the near past. */
export type ObjectStore = {
  /** The version of the last change. */
  readonly version: () => number
  readonly get: (resource: string, key: string) => StoredObject | undefined
  /** All objects in the order of their keys, or those whose key begins with `prefix`; as they were `at` a version, if it is known still. */
  readonly list: (resource: string, prefix?: string, at?: number) => readonly StoredObject[] | undefined
  readonly count: (resource: string) => number
  /** The number of an object that is to be created. */
  readonly reserveSerial: () => number
  readonly toUid: (serial: number) => string
  readonly create: (resource: string, type: StoredType, serial: number, object: KubeObject) => StoredObject
  readonly update: (resource: string, type: StoredType, previous: StoredObject, object: KubeObject) => StoredObject
  readonly delete: (resource: string, previous: StoredObject) => StoredObject
  /** The changes after a version, oldest first; undefined where some are forgotten. */
  readonly changesAfter: (resource: string, version: number) => readonly StoreChange[] | undefined
  /** The newest version whose change is forgotten. */
  readonly forgottenVersion: (resource: string) => number
  /** Forgets all changes of the past, as a server does after a time: who watches from there gets 410. */
  readonly compact: () => void
  /** Calls back at every change, before the one who made it has its answer. Returns the end of it. */
  readonly subscribe: (listener: (change: StoreChange) => void, resource?: string) => () => void
  readonly read: (stored: StoredObject) => KubeObject
  /** The same without its managed fields, for who does not look at them. */
  readonly readUnmanaged: (stored: StoredObject) => KubeObject
  readonly readMetadata: (stored: StoredObject) => KubeObject['metadata']
  /** `"metadata":{…},"spec":{…}`: JSON members without apiVersion and kind. */
  readonly formatMembers: (stored: StoredObject) => string
  readonly formatMetadata: (stored: StoredObject) => string
}

/** What a store is made of. */
export type ObjectStoreOptions = {
  readonly pool: PartPool
  /** Other seeds give other uids. */
  readonly seed: string
  /** How many changes of each resource are remembered. */
  readonly window: number
}

type Table = {
  readonly objects: Map<string, StoredObject>
  /** Keys in order; undefined after a key came or went. */
  keys: readonly string[] | undefined
  /** Oldest first. */
  changes: StoreChange[]
  /** Changes up to this version are forgotten. */
  forgotten: number
}

/** An empty store. */
export const createObjectStore = ({ pool, seed, window }: ObjectStoreOptions): ObjectStore => {
  const uidSeed = toUidSeed(seed)
  const tables = new Map<string, Table>()
  const listeners = new Map<string, Set<(change: StoreChange) => void>>()
  let version = 0
  let serials = 0
  /** Tables that are made later have forgotten what was compacted before them. */
  let compacted = 0

  const getTable = (resource: string): Table => {
    const known = tables.get(resource)
    if (known) return known
    const table: Table = { objects: new Map(), keys: undefined, changes: [], forgotten: compacted }
    tables.set(resource, table)
    return table
  }

  const record = (table: Table, change: StoreChange): void => {
    table.changes.push(change)
    // Twice the window, so that the oldest half goes at once.
    if (table.changes.length > 2 * window) {
      const dropped = table.changes.splice(0, table.changes.length - window)
      table.forgotten = (dropped.at(-1) as StoreChange).object.resourceVersion
    }
    for (const key of [change.resource, EVERYTHING])
      for (const listener of [...(listeners.get(key) ?? [])]) listener(change)
  }

  const toUid = (serial: number): string => formatUid(uidSeed, serial)
  const uidOf = ({ serial }: StoredObject): string => toUid(serial)

  return {
    version: () => version,
    get: (resource, key) => tables.get(resource)?.objects.get(key),
    list: (resource, prefix = '', at = version) => {
      const table = tables.get(resource)
      if (!table) return []
      if (at < table.forgotten) return undefined
      const isOld = table.changes.length > 0 && (table.changes.at(-1) as StoreChange).object.resourceVersion > at
      return isOld ? listPast(table, prefix, at) : listPresent(table, prefix)
    },
    count: (resource) => tables.get(resource)?.objects.size ?? 0,
    reserveSerial: () => serials++,
    toUid,
    create: (resource, type, serial, object) => {
      const table = getTable(resource)
      version++
      const created = Date.parse(object.metadata.creationTimestamp as string) / 1_000
      const key = toKey(object.metadata)
      const stored = storeObject(pool, { type, key, serial, resourceVersion: version, created }, object)
      table.objects.set(stored.key, stored)
      table.keys = undefined
      record(table, { type: 'ADDED', resource, object: stored, previous: undefined })
      return stored
    },
    update: (resource, type, previous, object) => {
      const table = getTable(resource)
      version++
      const { key, serial, created } = previous
      const stored = storeObject(pool, { type, key, serial, resourceVersion: version, created }, object, previous)
      table.objects.set(stored.key, stored)
      record(table, { type: 'MODIFIED', resource, object: stored, previous })
      return stored
    },
    delete: (resource, previous) => {
      const table = getTable(resource)
      version++
      const stored: StoredObject = { ...previous, resourceVersion: version }
      table.objects.delete(previous.key)
      table.keys = undefined
      record(table, { type: 'DELETED', resource, object: stored, previous })
      return stored
    },
    changesAfter: (resource, after) => {
      const table = getTable(resource)
      if (after < table.forgotten) return undefined
      const { changes } = table
      let start = changes.length
      while (start > 0 && (changes[start - 1] as StoreChange).object.resourceVersion > after) start--
      return changes.slice(start)
    },
    forgottenVersion: (resource) => getTable(resource).forgotten,
    compact: () => {
      compacted = version
      for (const table of tables.values()) {
        table.changes = []
        table.forgotten = version
      }
    },
    subscribe: (listener, resource = EVERYTHING) => {
      const group = listeners.get(resource) ?? new Set()
      listeners.set(resource, group.add(listener))
      return () => {
        group.delete(listener)
      }
    },
    read: (stored) => readObject(stored, uidOf(stored)),
    readUnmanaged: (stored) => readObject(stored, uidOf(stored), false),
    readMetadata: (stored) => readMetadata(stored, uidOf(stored)),
    formatMembers: (stored) => formatMembers(stored, uidOf(stored)),
    formatMetadata: (stored) => formatMetadata(stored, uidOf(stored)),
  }
}

/** The key of an object in its resource. */
export const toKey = ({ namespace, name }: { readonly namespace?: string; readonly name: string }): string =>
  namespace ? `${namespace}/${name}` : name

/** Listens to all resources. */
const EVERYTHING = '*'

const listPresent = (table: Table, prefix: string): StoredObject[] => {
  table.keys ??= [...table.objects.keys()].sort()
  const { keys, objects } = table
  const found: StoredObject[] = []
  for (let at = prefix === '' ? 0 : findFirst(keys, prefix); at < keys.length; at++) {
    const key = keys[at] as string
    if (!key.startsWith(prefix)) break
    found.push(objects.get(key) as StoredObject)
  }
  return found
}

/** Undoes the changes since then. */
const listPast = (table: Table, prefix: string, version: number): StoredObject[] => {
  const objects = new Map(table.objects)
  for (let at = table.changes.length - 1; at >= 0; at--) {
    const { object, previous } = table.changes[at] as StoreChange
    if (object.resourceVersion <= version) break
    if (previous) objects.set(object.key, previous)
    else objects.delete(object.key)
  }
  return listPresent({ ...table, objects, keys: undefined }, prefix)
}

/** The place of the first key that is not below `key`. */
const findFirst = (keys: readonly string[], key: string): number => {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}
