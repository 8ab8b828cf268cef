import type { InventoryEntry } from '../inventory/inventory.ts'
import type { ListKeys } from '../kube/managed-fields.ts'
import type { ObjectRef } from '../kube/object.ts'
import type { Action, SkipReason, WriteReason } from '../plan/plan.ts'

/** What became of the request for an object. */
export type Actuation = 'pending' | 'done' | 'failed' | 'skipped'
/** kstatus. */
export type Health = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown'

/** What became of one object. */
export type ObjectOutcome = {
  readonly ref: ObjectRef
  readonly component: string
  readonly action: Action
  readonly reason?: WriteReason
  readonly actuation: Actuation
  readonly skip?: { readonly reason: SkipReason; readonly message: string }
  readonly error?: Error
  readonly status?: Health
  /** Why it is not Current yet. */
  readonly statusMessage?: string
  /** Fields of the manifest that the server changed or dropped while admitting it. */
  readonly admitted?: readonly string[]
  readonly warnings?: readonly string[]
  /** Fields that were drift before and are not any more. */
  readonly healed?: readonly string[]
}

/** Everything that was done to one cluster. */
export type ChangeSet = {
  readonly cluster: string
  readonly revision: string
  readonly outcomes: readonly ObjectOutcome[]
}

/** What applying an object gives: its outcome, and what the inventory keeps of it. */
export type AppliedObject = {
  readonly outcome: ObjectOutcome
  /** Absent: the entry stays as it is. `null`: there is nothing to own any more. */
  readonly entry?: InventoryEntry | null
  readonly lists?: Readonly<Record<string, ListKeys>>
}
