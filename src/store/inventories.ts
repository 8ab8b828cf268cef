import type { ObjectRef } from '../kube/object.ts'

/** A component on a cluster as the hub knew it last. The inventory on the cluster is the truth; this is for when it is away. */
export type StoredComponent = {
  readonly cluster: string
  readonly name: string
  readonly owner?: string
  /** What people call its source: `chart ingress-nginx 4.11.3`. Absent of one that Git does not state. */
  readonly source?: string
  /** Of what the source rendered to. */
  readonly digest?: string
  /** The commit that the cluster is given. */
  readonly revision?: string
  /** The commit that was applied last. */
  readonly applied?: string
  readonly state: ComponentState
  readonly message?: string
  readonly objects: number
  /** Of the fingerprints that belong to it: equal as long as none of them changed. */
  readonly fingerprints: string
  readonly time: string
}

/** As of a cluster, for a part of it. */
export type ComponentState = 'synced' | 'drifted' | 'pending' | 'failed' | 'suspended'

/** What is remembered of an object on a cluster, without its content. */
export type StoredFingerprint = {
  readonly cluster: string
  readonly component: string
  readonly object: ObjectRef
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  /** Of the manifest that was applied; keyed for Secrets. */
  readonly digest: string
  /** The commit that it was applied from. */
  readonly revision: string
  readonly time: string
}

/** What changed of the components of a cluster. */
export type InventoryChange = {
  readonly cluster: string
  readonly set?: readonly StoredFingerprint[]
  readonly remove?: readonly { readonly component: string; readonly object: ObjectRef }[]
  readonly components?: readonly StoredComponent[]
  /** Components that are gone, with all of their fingerprints. */
  readonly gone?: readonly string[]
}

/** Components and the fingerprints of their objects. */
export type InventoryStore = {
  readonly saveInventory: (change: InventoryChange) => Promise<void>
  /** Of a cluster, or of all of them, by name. */
  readonly listComponents: (cluster?: string) => Promise<StoredComponent[]>
  /** Of a cluster, or of one component there, by object. */
  readonly listFingerprints: (cluster: string, component?: string) => Promise<StoredFingerprint[]>
}
