import type { Pool } from '../base/pool.ts'
import { untilAborted } from '../base/until-aborted.ts'
import type { CallOptions, KubeClient, List, ListAddress, Resource } from './client.ts'
import type { ObjectMetadata } from './object.ts'
import { formatListAddress } from './path.ts'

/** An object of a watched list as it is now, or as it was last seen where it left the list. */
export type ListedChange = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: Resource
  readonly object: ObjectMetadata
}

/** What is watched, and who is told. */
export type WatchOptions = {
  /** Which metadata lists of whole clusters are kept by a watch; the others are asked for each time. */
  readonly isWatched: (address: ListAddress) => boolean
  readonly onChange: (change: ListedChange) => void
  /** A watch ended that no waiting cures: its kind is not served any more, or may not be listed. */
  readonly onLost: (address: ListAddress, error: unknown) => void
  /** What is held of an object, and answered with: all of its metadata by default. Asked when it came, and before an answer. */
  readonly keep?: (object: ObjectMetadata, resource: Resource, isNew: boolean) => ObjectMetadata
  /** What the lists of clusters that are alike hold together. */
  readonly pool?: Pool
  /** Ends all watches. */
  readonly signal: AbortSignal
}

type Watched = {
  readonly ready: Promise<void>
  items: Map<string, ObjectMetadata>
  resourceVersion: string
}

/**
 * The same client, with metadata lists answered from memory: the first asking for one lists and begins to watch, every
 * other one costs no request. A list may be behind what was written a moment ago, never ahead of it; whoever has to know
 * reads the object. All watches of a server share a connection where it speaks HTTP/2.
 */
export const createWatchingClient = (client: KubeClient, options: WatchOptions): KubeClient => {
  const { signal, isWatched, keep = keepAll } = options
  const lists = new Map<string, Watched>()
  const impersonated = new Map<string, KubeClient>()

  const start = (key: string, address: ListAddress): Watched => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const watched: Watched = { ready: promise, items: new Map(), resourceVersion: '' }
    lists.set(key, watched)
    promise.catch(() => undefined)
    void follow(client, address, watched, resolve, options).catch((error: unknown) => {
      lists.delete(key)
      reject(error)
      if (!signal.aborted) options.onLost(address, error)
    })
    return watched
  }

  return {
    ...client,
    listMetadata: async (address: ListAddress, call?: CallOptions): Promise<List<ObjectMetadata>> => {
      if (signal.aborted || !isWatched(address)) return client.listMetadata(address, call)
      const key = `${formatListAddress(address)}?${address.labelSelector ?? ''}`
      const watched = lists.get(key) ?? start(key, address)
      await untilAborted(watched.ready, call?.signal)
      for (const [name, item] of watched.items) {
        const kept = keep(item, address.resource, false)
        if (kept !== item) watched.items.set(name, kept)
      }
      return { items: [...watched.items.values()], resourceVersion: watched.resourceVersion }
    },
    impersonate: (who) => {
      const key = JSON.stringify(who)
      const known = impersonated.get(key)
      if (known) return known
      const created = createWatchingClient(client.impersonate(who), options)
      impersonated.set(key, created)
      return created
    },
  }
}

const keepAll = (object: ObjectMetadata): ObjectMetadata => object

/** Lists, watches, and lists again when the watch lost its place. What changed while it was lost is told as changes. */
const follow = async (
  client: KubeClient,
  address: ListAddress,
  watched: Watched,
  onReady: () => void,
  options: WatchOptions,
): Promise<void> => {
  const { signal, onChange, keep = keepAll, pool } = options
  const { resource } = address
  const call = { signal }
  let isFirst = true
  while (!signal.aborted) {
    // Apart from here, so that nothing of the answer is held while the watch goes on.
    const changes = await listInto(client, address, watched, options)
    // Nothing is told of the first one: whoever asked for it has it.
    if (!isFirst) for (const change of changes) onChange({ ...change, resource })
    changes.length = 0
    isFirst = false
    onReady()
    const { resourceVersion } = watched
    for await (const event of client.watchMetadata({ ...address, resourceVersion }, call)) {
      if (event.type === 'RELIST') break
      if (event.type === 'BOOKMARK') {
        watched.resourceVersion = event.resourceVersion
        continue
      }
      const { type, object } = event
      watched.resourceVersion = object.metadata.resourceVersion ?? watched.resourceVersion
      if (type === 'DELETED') watched.items.delete(toKey(object))
      else watched.items.set(toHeldKey(object, pool), keep(object, resource, true))
      onChange({ type, object, resource })
    }
  }
}

const listInto = async (
  client: KubeClient,
  address: ListAddress,
  watched: Watched,
  { signal, keep = keepAll, pool }: WatchOptions,
): Promise<Omit<ListedChange, 'resource'>[]> => {
  const { items, resourceVersion } = await client.listMetadata(address, { signal })
  const before = watched.items
  watched.items = new Map(items.map((item) => [toHeldKey(item, pool), keep(item, address.resource, true)]))
  watched.resourceVersion = resourceVersion
  return compareLists(before, watched.items)
}

/** What differs between two lists. Pure. */
const compareLists = (
  before: ReadonlyMap<string, ObjectMetadata>,
  now: ReadonlyMap<string, ObjectMetadata>,
): Omit<ListedChange, 'resource'>[] => [
  ...[...before].flatMap(([key, object]) => (now.has(key) ? [] : [{ type: 'DELETED' as const, object }])),
  ...[...now].flatMap(([key, object]) => {
    const known = before.get(key)
    if (known?.metadata.resourceVersion === object.metadata.resourceVersion) return []
    return [{ type: known ? ('MODIFIED' as const) : ('ADDED' as const), object }]
  }),
]

const toKey = ({ metadata }: ObjectMetadata): string => `${metadata.namespace ?? ''}/${metadata.name}`

const toHeldKey = (object: ObjectMetadata, pool: Pool | undefined): string => pool?.text(toKey(object)) ?? toKey(object)
