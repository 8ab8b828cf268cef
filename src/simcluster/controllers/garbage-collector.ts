import type { KubeObject, OwnerReference } from '../../kube/object.ts'
import { toGroup } from '../../kube/object.ts'
import { type Controller, EVERY_RESOURCE, type ObjectChange, type Outcome, toManagerAgent } from './controller.ts'
import type { Place } from './object-index.ts'
import type { World, WriteOutcome } from './world.ts'

const NAME = 'generic-garbage-collector'
const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'
const UNSUPPORTED = 415

/** Deletes what no owner holds any more, in the ways that deletions ask for. */
export const GARBAGE_COLLECTOR: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: { [EVERY_RESOURCE]: (change, world) => listConcerned(change, world) },
  reconcile: (entry, world) => {
    const at = entry.indexOf(' ')
    const place = { resource: entry.slice(0, at), key: entry.slice(at + 1) }
    const object = world.get(place.resource, place.key)
    return object && collect(world, place, object)
  },
}

const toEntry = ({ resource, key }: Place): string => `${resource} ${key}`

const listConcerned = (change: ObjectChange, world: World): readonly string[] => {
  const { type, object, previous } = change
  const { metadata } = object
  const dependents = (): readonly string[] => world.dependentsOf(metadata.uid as string).map(toEntry)
  const above = (): readonly string[] => toOwnerEntries(world, object)
  if (type === 'DELETED') return [...dependents(), ...above()]
  const before = previous?.metadata
  const entries: string[] = []
  const held = metadata.deletionTimestamp ? (metadata.finalizers ?? []) : []
  if (held.includes(FOREGROUND) || held.includes(ORPHAN))
    entries.push(toEntry(change), ...(held.includes(FOREGROUND) ? dependents() : []))
  if (metadata.ownerReferences && before?.ownerReferences !== metadata.ownerReferences) {
    if (metadata.ownerReferences.some((owner) => findOwner(world, object, owner) !== 'solid'))
      entries.push(toEntry(change))
  }
  // An owner that waits for its dependents may wait for one less.
  if (before?.ownerReferences && before.ownerReferences !== metadata.ownerReferences)
    entries.push(...toOwnerEntries(world, previous as KubeObject))
  return entries
}

const toOwnerEntries = (world: World, object: KubeObject): readonly string[] =>
  (object.metadata.ownerReferences ?? []).flatMap((owner) => {
    const place = toOwnerPlace(world, object, owner)
    const found = place && world.get(place.resource, place.key)
    return place && found?.metadata.uid === owner.uid && found.metadata.deletionTimestamp ? [toEntry(place)] : []
  })

const toOwnerPlace = (world: World, { metadata }: KubeObject, owner: OwnerReference): Place | undefined => {
  const group = toGroup(owner.apiVersion)
  const served = world.resources().find((each) => each.group === group && each.kind === owner.kind)
  if (!served || (served.namespaced && !metadata.namespace)) return undefined
  return { resource: served.resource, key: served.namespaced ? `${metadata.namespace}/${owner.name}` : owner.name }
}

type OwnerState = 'solid' | 'waiting' | 'absent' | 'unknown'

/** Whether an owner is there, there but waiting for its dependents to go, not there, or of a kind that nobody knows. */
const findOwner = (world: World, object: KubeObject, owner: OwnerReference): OwnerState => {
  const place = toOwnerPlace(world, object, owner)
  if (!place) return 'unknown'
  const found = world.get(place.resource, place.key)
  if (found?.metadata.uid !== owner.uid) return 'absent'
  return isWaiting(found) ? 'waiting' : 'solid'
}

const isWaiting = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(FOREGROUND) === true

const collect = (world: World, place: Place, object: KubeObject): Outcome => {
  const { deletionTimestamp, finalizers = [], ownerReferences = [], uid } = object.metadata
  if (deletionTimestamp) {
    if (finalizers.includes(ORPHAN)) return orphanDependents(world, place, object)
    return finalizers.includes(FOREGROUND) ? awaitDependents(world, place, object) : undefined
  }
  if (ownerReferences.length === 0) return undefined
  const owners = ownerReferences.map((owner) => ({ owner, state: findOwner(world, object, owner) }))
  if (owners.some(({ state }) => state === 'unknown')) return undefined
  const left = owners.filter(({ state }) => state === 'solid')
  if (left.length > 0) {
    const gone = owners.filter(({ state }) => state !== 'solid').map(({ owner }) => owner.uid)
    return gone.length === 0 ? undefined : removeOwners(world, place, object, gone)
  }
  const isAwaited = owners.some(({ state }) => state === 'waiting')
  const hasDependents = world.dependentsOf(uid as string).length > 0
  const propagation =
    isAwaited && hasDependents
      ? 'Foreground'
      : finalizers.includes(ORPHAN)
        ? 'Orphan'
        : finalizers.includes(FOREGROUND)
          ? 'Foreground'
          : 'Background'
  const deleted = world.delete(place.resource, place.key, { uid: uid as string, propagation })
  return deleted.ok || deleted.code === 404 || deleted.code === 409 ? undefined : 'failed'
}

/** The dependents stay, without this owner; then it may go. */
const orphanDependents = (world: World, place: Place, owner: KubeObject): Outcome => {
  const uid = owner.metadata.uid as string
  for (const dependent of world.dependentsOf(uid)) {
    const object = world.get(dependent.resource, dependent.key)
    if (object && removeOwners(world, dependent, object, [uid]) === 'failed') return 'failed'
  }
  return removeFinalizer(world, place, ORPHAN)
}

/** Waits until nothing is left that this owner may not go before. */
const awaitDependents = (world: World, place: Place, owner: KubeObject): Outcome => {
  const uid = owner.metadata.uid as string
  const dependents = world.dependentsOf(uid)
  const isBlocking = ({ resource, key }: Place): boolean =>
    world.get(resource, key)?.metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion) ===
    true
  if (!dependents.some(isBlocking)) return removeFinalizer(world, place, FOREGROUND)
  for (const dependent of dependents)
    if (!world.get(dependent.resource, dependent.key)?.metadata.deletionTimestamp) world.wake(toEntry(dependent))
  return undefined
}

const removeOwners = (world: World, place: Place, object: KubeObject, uids: readonly string[]): Outcome => {
  const { uid, resourceVersion, ownerReferences = [] } = object.metadata
  const removed = uids.map((each) => ({ $patch: 'delete', uid: each }))
  const body = { metadata: { uid, ownerReferences: removed } }
  const patched = world.patch(place.resource, place.key, { type: 'strategic', body })
  if (!patched.ok && patched.code === UNSUPPORTED) {
    // Custom resources know no strategic patch.
    const kept = ownerReferences.filter((owner) => !uids.includes(owner.uid))
    const merged = { metadata: { resourceVersion, ownerReferences: kept.length > 0 ? kept : null } }
    return toOutcome(world.patch(place.resource, place.key, { type: 'merge', body: merged }))
  }
  return toOutcome(patched)
}

const toOutcome = (patched: WriteOutcome): Outcome => (patched.ok || patched.code === 404 ? undefined : 'failed')

const removeFinalizer = (world: World, { resource, key }: Place, finalizer: string): Outcome => {
  const live = world.get(resource, key)
  if (!live?.metadata.finalizers?.includes(finalizer)) return undefined
  const finalizers = live.metadata.finalizers.filter((each) => each !== finalizer)
  const body = {
    metadata: { resourceVersion: live.metadata.resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null },
  }
  return toOutcome(world.patch(resource, key, { type: 'merge', body }))
}
