import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzipSync, gzip } from 'node:zlib'
import { isLockstepError } from '../base/errors.ts'
import type { Pool } from '../base/pool.ts'
import type { CallOptions, KubeClient, Resource } from '../kube/client.ts'
import type { KubeObject } from '../kube/object.ts'
import { parseRefKey, toGroupKind } from '../kube/object.ts'
import { COMPONENT_LABEL, INVENTORY_LABEL, SYSTEM_NAMESPACE, toApplySetId, toParentName } from './apply-set.ts'
import { compactEntry } from './compact-entry.ts'
import { createInventoryConflict, createInventoryDamaged } from './errors.ts'
import { FIELD_MANAGER } from './fingerprint.ts'
import type { Inventory, InventoryEntry } from './inventory.ts'

// etcd takes 1.5 MiB a request; base64 and metadata come on top of this.
const SHARD_BYTES = 350 * 1024
const KEY_NAME = 'lockstep-key'

const coreResource = (plural: string, kind: string, namespaced: boolean): Resource => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
  verbs: [],
})
const CONFIG_MAPS = coreResource('configmaps', 'ConfigMap', true)
const SECRETS = coreResource('secrets', 'Secret', true)
const NAMESPACES = coreResource('namespaces', 'Namespace', false)

/** What one ConfigMap holds. */
type Shard = {
  readonly format: 1
  readonly seq: number
  readonly component: string
  readonly revision: string
  readonly lists: Inventory['lists']
  readonly entries: Readonly<Record<string, Omit<InventoryEntry, 'ref'>>>
}

/** What a reader of inventories has already, and shares with those of other clusters. */
export type ReadKnown = { readonly known?: ReadonlyMap<string, Inventory>; readonly pool?: Pool }

/**
 * All inventories of a cluster, by component: one LIST. Empty where `lockstep-system` does not exist. Those that are stored
 * as `known` says are given back as they are there, and not parsed again.
 */
export const readInventories = async (
  client: KubeClient,
  options: CallOptions & ReadKnown = {},
): Promise<Map<string, Inventory>> => {
  const { known, pool } = options
  const { items } = await client.list(
    { resource: CONFIG_MAPS, namespace: SYSTEM_NAMESPACE, labelSelector: INVENTORY_LABEL },
    options,
  )
  const versions = new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]))
  const same = [...(known?.values() ?? [])].filter(({ stored }) => isStored(stored, versions))
  const names = new Set(same.flatMap(({ stored }) => stored.map(({ name }) => name)))
  const read = parseInventories(
    items.filter(({ metadata }) => !names.has(metadata.name)),
    pool,
  )
  // A part that came beside those that are known: whose it is stands in it, and all of them count.
  if (same.some(({ component }) => read.has(component))) return parseInventories(items, pool)
  return new Map([...same.map((inventory) => [inventory.component, inventory] as const), ...read])
}

const isStored = (stored: Inventory['stored'], versions: ReadonlyMap<string, string | undefined>): boolean =>
  stored.length > 0 && stored.every(({ name, resourceVersion }) => versions.get(name) === resourceVersion)

const parseInventories = (items: readonly KubeObject[], pool: Pool | undefined): Map<string, Inventory> => {
  const shards = items
    .map((item) => ({ item, shard: parseShard(item) }))
    .sort((left, right) => left.shard.seq - right.shard.seq)
  const inventories = new Map<string, Inventory>()
  for (const { item, shard } of shards) {
    const known = inventories.get(shard.component)
    const entries = new Map(known?.entries)
    for (const [key, stored] of Object.entries(shard.entries)) {
      const entry = { ref: parseRefKey(key), ...stored }
      entries.set(key, pool ? compactEntry(entry, pool) : entry)
    }
    const stored = { name: item.metadata.name, resourceVersion: item.metadata.resourceVersion ?? '' }
    inventories.set(shard.component, {
      component: shard.component,
      entries,
      lists: pool ? pool.share(shard.lists) : shard.lists,
      revision: shard.revision,
      seq: shard.seq,
      stored: [...(known?.stored ?? []), stored],
    })
  }
  return inventories
}

const parseShard = (item: KubeObject): Shard => {
  try {
    const { inventory } = item.binaryData as { inventory: string }
    const shard = JSON.parse(
      gunzipSync(Buffer.from(inventory, 'base64'), { maxOutputLength: 256 * 1024 * 1024 }).toString(),
    ) as Shard
    if (shard.format !== 1) throw new Error(`format ${shard.format} is newer than this lockstep`)
    return shard
  } catch (cause) {
    throw createInventoryDamaged(item.metadata.name, cause)
  }
}

/**
 * Stores an inventory, guarded by the resourceVersions it was read at (`INVENTORY_CONFLICT`), and gives it with the new
 * ones. The other shards are written before the parent and left-over ones deleted after it, so that a crash in between
 * leaves a union: more than is owned may be recorded, never less.
 */
export const writeInventory = async (
  client: KubeClient,
  inventory: Inventory,
  options: CallOptions = {},
): Promise<Inventory> => {
  const seq = inventory.seq + 1
  const parts = await splitEntries(inventory, seq)
  const parent = toParentName(inventory.component)
  const known = new Map(inventory.stored.map(({ name, resourceVersion }) => [name, resourceVersion]))
  const stored: { name: string; resourceVersion: string }[] = []
  for (let index = parts.length - 1; index >= 0; index--) {
    const name = index === 0 ? parent : `${parent}.${index}`
    const body = toConfigMap(name, inventory, parts[index] as Buffer, index === 0)
    stored.unshift({
      name,
      resourceVersion: await putConfigMap(client, name, body, known.get(name), inventory.component, options),
    })
    known.delete(name)
  }
  for (const name of known.keys()) {
    await client.delete({ resource: CONFIG_MAPS, namespace: SYSTEM_NAMESPACE, name }, options)
  }
  return { ...inventory, seq, stored }
}

const splitEntries = async (inventory: Inventory, seq: number): Promise<Buffer[]> => {
  const all = [...inventory.entries]
  for (let count = 1; ; count *= 2) {
    const size = Math.ceil(all.length / count)
    const parts = await Promise.all(
      Array.from({ length: count }, (_, at) => encodeShard(inventory, all.slice(at * size, (at + 1) * size), seq)),
    )
    if (size <= 1 || parts.every((part) => part.length <= SHARD_BYTES)) return parts
  }
}

/** On a thread of its own: for a large inventory it takes longer than a drift may go unseen. */
const compress = promisify(gzip)

const encodeShard = (
  inventory: Inventory,
  entries: readonly (readonly [string, InventoryEntry])[],
  seq: number,
): Promise<Buffer> => {
  const shard: Shard = {
    format: 1,
    seq,
    component: inventory.component,
    revision: inventory.revision,
    lists: inventory.lists,
    entries: Object.fromEntries(entries.map(([key, { ref: _, ...entry }]) => [key, entry])),
  }
  return compress(JSON.stringify(shard))
}

const toConfigMap = (name: string, inventory: Inventory, content: Buffer, isParent: boolean): KubeObject => {
  const refs = [...inventory.entries.values()].map(({ ref }) => ref)
  const namespaces = [...new Set(refs.map((ref) => ref.namespace))].filter((namespace) => namespace !== undefined)
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: SYSTEM_NAMESPACE,
      labels: {
        [INVENTORY_LABEL]: 'v1',
        [COMPONENT_LABEL]: inventory.component,
        ...(isParent ? { 'applyset.kubernetes.io/id': toApplySetId(inventory.component) } : {}),
      },
      ...(isParent
        ? {
            annotations: {
              'applyset.kubernetes.io/tooling': 'lockstep/v0.1',
              'applyset.kubernetes.io/contains-group-kinds': [...new Set(refs.map(toApplySetKind))].sort().join(','),
              'applyset.kubernetes.io/additional-namespaces': namespaces.sort().join(','),
            },
          }
        : {}),
    },
    binaryData: { inventory: content.toString('base64') },
  }
}

/** The KEP writes `Deployment.apps`, and `ConfigMap` for the core group. */
const toApplySetKind = (ref: { readonly group: string; readonly kind: string }): string =>
  ref.group ? `${ref.kind}.${ref.group}` : ref.kind

const putConfigMap = async (
  client: KubeClient,
  name: string,
  body: KubeObject,
  resourceVersion: string | undefined,
  component: string,
  options: CallOptions,
): Promise<string> => {
  try {
    const address = { resource: CONFIG_MAPS, namespace: SYSTEM_NAMESPACE, name }
    const write = { ...options, fieldManager: FIELD_MANAGER }
    const saved =
      resourceVersion === undefined
        ? await client.create(address, body, write)
        : await client.update(address, { ...body, metadata: { ...body.metadata, resourceVersion } }, write)
    return saved.metadata.resourceVersion ?? ''
  } catch (error) {
    if (isLockstepError(error, 'KUBE_CONFLICT') || isLockstepError(error, 'KUBE_ALREADY_EXISTS')) {
      throw createInventoryConflict(component, error)
    }
    throw error
  }
}

/** Creates `lockstep-system` where it is missing. */
export const ensureSystemNamespace = async (client: KubeClient, options: CallOptions = {}): Promise<void> => {
  const address = { resource: NAMESPACES, name: SYSTEM_NAMESPACE }
  if (await client.getMetadata(address, options)) return
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } }
  await client.apply(address, namespace, { ...options, fieldManager: FIELD_MANAGER, force: true })
}

/** The cluster's key for digests of Secrets, made on first use where `create` says so. */
export const readSecretKey = async (
  client: KubeClient,
  options: CallOptions & { readonly create?: boolean } = {},
): Promise<Buffer | undefined> => {
  const address = { resource: SECRETS, namespace: SYSTEM_NAMESPACE, name: KEY_NAME }
  const found = await client.get(address, options)
  const value = (found?.data as { key?: string } | undefined)?.key
  if (value !== undefined) return Buffer.from(value, 'base64')
  if (!options.create) return undefined
  const key = randomBytes(32)
  await client.apply(
    address,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: KEY_NAME, namespace: SYSTEM_NAMESPACE },
      data: { key: key.toString('base64') },
    },
    { ...options, fieldManager: FIELD_MANAGER, force: true },
  )
  return key
}

/** Does an inventory hold Secrets, so that the key is needed to verify it? */
export const hasSecrets = (inventory: Inventory): boolean =>
  [...inventory.entries.values()].some(({ ref }) => toGroupKind(ref) === 'Secret')
