import type { OwnerReference } from '../../kube/object.ts'
import type { ObjectStore, StoreChange } from '../store/object-store.ts'
import { readPart } from '../store/pool.ts'
import type { StoredObject } from '../store/stored-object.ts'

/** A stored object by its place: resource and key. */
export type Place = { readonly resource: string; readonly key: string }

/** What is found without looking at all objects. Follows every change. */
export type ObjectIndex = {
  readonly follow: (change: Pick<StoreChange, 'type' | 'resource' | 'object' | 'previous'>) => void
  /** Objects that name this uid as an owner. */
  readonly dependentsOf: (uid: string) => readonly Place[]
  /** Keys of the objects of a resource that this uid controls, in order. */
  readonly controlledBy: (uid: string, resource: string) => readonly string[]
  /** Keys of the objects of a resource in a namespace that nobody controls, in order. */
  readonly uncontrolledIn: (resource: string, namespace: string) => readonly string[]
  /** Keys of the objects of a resource in a namespace, in order. */
  readonly keysIn: (resource: string, namespace: string) => readonly string[]
}

/** The owner references of a stored object. */
export const readOwners = (stored: StoredObject): readonly OwnerReference[] =>
  (readPart(stored.meta) as { ownerReferences?: readonly OwnerReference[] }).ownerReferences ?? []

const SEPARATOR = ' '

/** An empty index. `namespaced`: the resources whose objects are asked for by namespace. */
export const createObjectIndex = (namespaced: ReadonlySet<string>): ObjectIndex => {
  const dependents = new Map<string, Set<string>>()
  const controlled = new Map<string, Set<string>>()
  const uncontrolled = new Map<string, Set<string>>()
  const inNamespace = new Map<string, Set<string>>()

  const removeOwners = (resource: string, { key }: StoredObject, owners: readonly OwnerReference[]): void => {
    for (const { uid, controller } of owners) {
      removeFrom(dependents, uid, resource + SEPARATOR + key)
      if (controller) removeFrom(controlled, uid + SEPARATOR + resource, key)
    }
    if (!isControlled(owners)) removeFrom(uncontrolled, toPlace(resource, key), key)
  }
  const addOwners = (resource: string, { key }: StoredObject, owners: readonly OwnerReference[]): void => {
    for (const { uid, controller } of owners) {
      addTo(dependents, uid, resource + SEPARATOR + key)
      if (controller) addTo(controlled, uid + SEPARATOR + resource, key)
    }
    if (namespaced.has(resource) && !isControlled(owners)) addTo(uncontrolled, toPlace(resource, key), key)
  }

  return {
    follow: ({ type, resource, object, previous }) => {
      if (previous && type !== 'DELETED' && previous.meta === object.meta) return
      if (previous) removeOwners(resource, previous, readOwners(previous))
      if (type !== 'DELETED') addOwners(resource, object, readOwners(object))
      if (!namespaced.has(resource)) return
      if (type === 'DELETED') removeFrom(inNamespace, toPlace(resource, object.key), object.key)
      else if (!previous) addTo(inNamespace, toPlace(resource, object.key), object.key)
    },
    dependentsOf: (uid) =>
      [...(dependents.get(uid) ?? [])].sort().map((place) => {
        const at = place.indexOf(SEPARATOR)
        return { resource: place.slice(0, at), key: place.slice(at + 1) }
      }),
    controlledBy: (uid, resource) => [...(controlled.get(uid + SEPARATOR + resource) ?? [])].sort(),
    uncontrolledIn: (resource, namespace) => [...(uncontrolled.get(`${resource}/${namespace}`) ?? [])].sort(),
    keysIn: (resource, namespace) => [...(inNamespace.get(`${resource}/${namespace}`) ?? [])].sort(),
  }
}

/** Takes in what is stored already. */
export const indexStored = (index: ObjectIndex, store: ObjectStore, resources: Iterable<string>): void => {
  for (const resource of resources)
    for (const object of store.list(resource) ?? [])
      index.follow({ type: 'ADDED', resource, object, previous: undefined })
}

const isControlled = (owners: readonly OwnerReference[]): boolean => owners.some(({ controller }) => controller)

const toPlace = (resource: string, key: string): string => `${resource}/${key.slice(0, Math.max(0, key.indexOf('/')))}`

const addTo = (sets: Map<string, Set<string>>, name: string, key: string): void => {
  const known = sets.get(name)
  if (known) known.add(key)
  else sets.set(name, new Set([key]))
}

const removeFrom = (sets: Map<string, Set<string>>, name: string, key: string): void => {
  const known = sets.get(name)
  if (known?.delete(key) && known.size === 0) sets.delete(name)
}
