import type { SimCluster } from '../create-sim-cluster.ts'
import { compareVersions } from '../rest/discovery-documents.ts'
import { toStorageKey } from '../rest/scope.ts'

/** A resource as one asks for it. */
export type ServedResource = {
  readonly resource: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/** Finds what is served, and follows the definitions that come and go. */
export type ServedResources = {
  readonly all: () => readonly ServedResource[]
  readonly find: (resource: string) => ServedResource | undefined
  readonly forget: () => void
}

/** Asks the registry once, until told to forget. */
export const createServedResources = (cluster: SimCluster): ServedResources => {
  let known: ReadonlyMap<string, ServedResource> | undefined
  const load = (): ReadonlyMap<string, ServedResource> => {
    const found = new Map<string, ServedResource>()
    for (const type of cluster.registry.list()) {
      const resource = toStorageKey(type)
      const { group, version, kind, plural, namespaced, verbs } = type
      // A kind that is stored as another one has its name, too.
      const isOwn = resource === `${group}/${plural}`
      const before = found.get(resource)
      if (!before || (isOwn && compareVersions(version, before.version) < 0))
        found.set(resource, { resource, group, version, kind, plural, namespaced, verbs })
    }
    return found
  }
  const get = (): ReadonlyMap<string, ServedResource> => {
    known ??= load()
    return known
  }
  return {
    all: () => [...get().values()],
    find: (resource) => get().get(resource),
    forget: () => {
      known = undefined
    },
  }
}
