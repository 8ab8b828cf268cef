import type { Severity } from '../fleet/severity.ts'
import type { ObjectRef } from '../kube/object.ts'

/** What kind of drift a finding is. */
export type DriftKind = 'modified' | 'added' | 'missing' | 'unmanaged' | 'terminating'

/** Who wrote a field, as managed fields tell. */
export type Writer = { readonly manager: string; readonly operation?: string; readonly changedAt?: string }

/** One difference to tell. `git` and `live` are masked for Secrets. */
export type Finding = {
  readonly cluster: string
  readonly component: string
  readonly object: ObjectRef
  readonly drift: DriftKind
  /** In the field grammar; absent where the finding is about the whole object. */
  readonly field?: string
  readonly git?: unknown
  readonly live?: unknown
  readonly severity: Severity
  readonly owner?: string
  readonly manager?: string
  readonly operation?: string
  readonly changedAt?: string
  /** All who were seen to write it since, oldest first, where there are several; the last is `manager`. */
  readonly writers?: readonly Writer[]
  /** How it is known who: from the object as it was read, from a watch event that others overwrote since, or audit events. */
  readonly attributedBy?: 'managedFields' | 'watch' | 'audit'
  readonly actor?: string
  readonly firstSeen?: string
  /** Its number, where a hub tells it. */
  readonly id?: number
  /** Said where it is not healed, or could not be. */
  readonly note?: string
}

/** Git is ahead; not drift. */
export type Pending = {
  readonly cluster: string
  readonly component: string
  readonly object?: ObjectRef
  readonly reason: 'gitAhead' | 'notSynced' | 'notAdopted' | 'unassigned' | 'renderFailed' | 'overdue'
  /** What it waits for, in words. */
  readonly message?: string
}

/** How looking at a cluster went. */
export type ClusterReport = {
  readonly name: string
  readonly reachable: boolean
  readonly error?: string
  readonly requests: number
  readonly millis: number
  readonly warnings?: readonly string[]
  /** Findings that were only counted, by policy. */
  readonly ignored?: number
}

/** What `lockstep drift -o json` prints. */
export type DriftReport = {
  readonly fleet: string
  readonly revision: string
  readonly clusters: readonly ClusterReport[]
  readonly findings: readonly Finding[]
  readonly pending: readonly Pending[]
}
