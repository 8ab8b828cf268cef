import { isLockstepError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { PART_OF_LABEL } from '../inventory/apply-set.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import type { Discovery, KubeClient, Resource } from '../kube/client.ts'
import { type KubeObject, type ObjectMetadata, type ObjectRef, toGroup, toGroupKind, toRefKey } from '../kube/object.ts'
import { computeVerdict, type Verdict } from './verdict.ts'

/** Requests under way at once to one cluster. */
const CONCURRENCY = 32
// Above this many objects of a kind in a namespace, one LIST costs less than a GET each.
const LIST_FROM = 4

/** An object to look for: one we own (with its entry), or one that Git wants and that we know nothing of yet. */
export type ObjectToObserve = {
  readonly ref: ObjectRef
  readonly apiVersion: string
  readonly entry?: InventoryEntry
}

/** What was seen of an object. `live` is complete where `isFull`, else its metadata. */
export type ObservedObject = {
  readonly ref: ObjectRef
  readonly resource?: Resource
  /** `absent`: confirmed by name. `unserved`: the server does not know the kind, or could not be asked (see `error`). */
  readonly state: Exclude<Verdict, 'unconfirmed'> | 'absent' | 'unserved'
  readonly live?: KubeObject | ObjectMetadata
  readonly isFull: boolean
  readonly error?: Error
  /** The server does not know the kind, and says so for certain: what there was of it is gone. */
  readonly isGone?: true
}

/**
 * Looks at objects with as few requests as tell the truth: one metadata-only LIST a kind for what carries our label,
 * then a GET for each object that was touched or is not in its list. `deep` reads everything in full.
 */
export const observeObjects = async (
  objects: readonly ObjectToObserve[],
  deps: { readonly client: KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal; readonly deep?: boolean } = {},
): Promise<Map<string, ObservedObject>> => {
  const { client, discovery } = deps
  const located = objects.map((object) => ({
    ...object,
    resource:
      discovery.find(object.ref.group, object.ref.kind, toVersionOf(object.apiVersion)) ??
      discovery.find(object.ref.group, object.ref.kind),
  }))
  const listed = await listOwned(
    located.filter((object) => object.entry !== undefined),
    client,
    options,
  )
  const unknown = await listUnknown(
    located.filter((object) => object.entry === undefined),
    client,
    options,
  )
  const results = await mapLimited(located, CONCURRENCY, async (object): Promise<ObservedObject> => {
    const { ref, resource, entry } = object
    if (!resource) {
      const isUnsure = discovery.stale.some((api) => toGroup(api) === ref.group)
      return { ref, state: 'unserved', isFull: false, ...(isUnsure ? {} : { isGone: true }) }
    }
    const key = toRefKey(ref)
    const failure = listed.failures.get(toGroupKind(ref))
    // Served when discovery looked, and not any more: its definition was deleted since.
    if (isLockstepError(failure, 'KUBE_NOT_FOUND')) return { ref, state: 'unserved', isFull: false, isGone: true }
    if (failure) return { ref, resource, state: 'unserved', isFull: false, error: failure }
    const metadata = listed.found.get(key) ?? unknown.found.get(key)
    if (!metadata && unknown.complete.has(key)) return { ref, resource, state: 'absent', isFull: false }
    const verdict = options.deep && metadata ? 'suspect' : computeVerdict(entry?.fingerprint, metadata)
    if (verdict !== 'unconfirmed' && verdict !== 'suspect')
      return { ref, resource, state: verdict, live: metadata!, isFull: false }
    return readObject(ref, resource, client, options)
  })
  return new Map(results.map((result) => [toRefKey(result.ref), result]))
}

/** Reads one object in full. */
export const readObject = async (
  ref: ObjectRef,
  resource: Resource,
  client: KubeClient,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ObservedObject> => {
  try {
    const live = await client.get(toAddress(ref, resource), options)
    if (!live) return { ref, resource, state: 'absent', isFull: true }
    return { ref, resource, state: live.metadata.deletionTimestamp ? 'terminating' : 'suspect', live, isFull: true }
  } catch (error) {
    if (options.signal?.aborted || !isLockstepError(error)) throw error
    return { ref, resource, state: 'unserved', isFull: false, error }
  }
}

/** How to address an object of a resource. */
export const toAddress = (
  ref: ObjectRef,
  resource: Resource,
): { resource: Resource; name: string; namespace?: string } => ({
  resource,
  name: ref.name,
  ...(resource.namespaced && ref.namespace ? { namespace: ref.namespace } : {}),
})

const toVersionOf = (apiVersion: string): string => apiVersion.split('/').at(-1) as string

type Located = ObjectToObserve & { readonly resource: Resource | undefined }

const listOwned = async (
  objects: readonly Located[],
  client: KubeClient,
  options: { readonly signal?: AbortSignal },
): Promise<{ found: Map<string, ObjectMetadata>; failures: Map<string, Error> }> => {
  const found = new Map<string, ObjectMetadata>()
  const failures = new Map<string, Error>()
  const kinds = Map.groupBy(objects, ({ ref }) => toGroupKind(ref))
  await mapLimited([...kinds], CONCURRENCY, async ([kind, members]) => {
    const resource = members[0]?.resource
    if (!resource) return
    try {
      for (const item of await listLabelled(members, resource, client, options))
        found.set(toListedKey(item, resource), item)
    } catch (error) {
      if (options.signal?.aborted || !isLockstepError(error)) throw error
      failures.set(kind, error)
    }
  })
  return { found, failures }
}

/** The whole cluster in one LIST; where that is forbidden, the namespaces that objects are known in. */
const listLabelled = async (
  members: readonly Located[],
  resource: Resource,
  client: KubeClient,
  options: { readonly signal?: AbortSignal },
): Promise<ObjectMetadata[]> => {
  try {
    return [...(await client.listMetadata({ resource, labelSelector: PART_OF_LABEL }, options)).items]
  } catch (error) {
    if (!resource.namespaced || !isLockstepError(error, 'KUBE_FORBIDDEN')) throw error
    const namespaces = [...new Set(members.map(({ ref }) => ref.namespace ?? ''))]
    const lists = await mapLimited(namespaces, CONCURRENCY, (namespace) =>
      client.listMetadata({ resource, namespace, labelSelector: PART_OF_LABEL }, options),
    )
    return lists.flatMap(({ items }) => items)
  }
}

/** Objects Git wants and nobody recorded: a LIST where there are several of a kind in a namespace, else left to a GET. */
const listUnknown = async (
  objects: readonly Located[],
  client: KubeClient,
  options: { readonly signal?: AbortSignal },
): Promise<{ found: Map<string, ObjectMetadata>; complete: Set<string> }> => {
  const found = new Map<string, ObjectMetadata>()
  const complete = new Set<string>()
  const groups = Map.groupBy(objects, ({ ref }) => `${toGroupKind(ref)} ${ref.namespace ?? ''}`)
  await mapLimited([...groups.values()], CONCURRENCY, async (members) => {
    const { resource, ref } = members[0] as Located
    if (!resource || members.length < LIST_FROM) return
    try {
      const scope = resource.namespaced && ref.namespace ? { namespace: ref.namespace } : {}
      const { items } = await client.listMetadata({ resource, ...scope }, options)
      for (const item of items) found.set(toListedKey(item, resource), item)
      for (const member of members) complete.add(toRefKey(member.ref))
    } catch (error) {
      // Without the right to list, each is asked for by name, and says itself if that is forbidden too.
      if (options.signal?.aborted || !isLockstepError(error, 'KUBE_FORBIDDEN')) throw error
    }
  })
  // Those that are there have to be read in full: who owns them and what differs decides about adopting them.
  return { found, complete: new Set([...complete].filter((key) => !found.has(key))) }
}

const toListedKey = (item: ObjectMetadata, resource: Resource): string => toRefKey(toListedRef(item, resource))

/** The ref of an item of a list: of the kind that was asked for, whatever the item says of itself. */
export const toListedRef = ({ metadata }: ObjectMetadata, { group, kind }: Resource): ObjectRef => ({
  group,
  kind,
  ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
  name: metadata.name,
})
