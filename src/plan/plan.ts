import type { Difference } from '../drift/compare.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import type { Resource } from '../kube/client.ts'
import { type KubeObject, type ObjectMetadata, type ObjectRef, toRefKey } from '../kube/object.ts'
import type { DesiredObject } from '../render/desired.ts'
import type { Stage } from './stages.ts'

/** What is done to an object. */
export type Action = 'create' | 'configure' | 'unchanged' | 'delete' | 'skip'

/** Why an object is not touched, or was not reached. */
export type SkipReason =
  | 'notAdopted'
  | 'terminating'
  | 'unserved'
  | 'pruneDisabled'
  | 'reportOnly'
  | 'manual'
  | 'unconfirmed'
  | 'deferred'
  | 'replaced'
  | 'dependency'
  | 'renderFailed'
  | 'namespaceBusy'
  | 'interrupted'
  | 'lockout'

/** Why an object is written. */
export type WriteReason =
  | 'new'
  | 'gitAhead'
  | 'missing'
  | 'drift'
  | 'adopt'
  | 'handover'
  | 'unrecorded'
  | 'unowned'
  | 'pruned'
  | 'expired'

/** One object's part of a plan. */
export type PlannedObject = {
  readonly ref: ObjectRef
  readonly apiVersion: string
  readonly component: string
  readonly stage: Stage
  readonly action: Action
  readonly reason?: WriteReason
  readonly skip?: { readonly reason: SkipReason; readonly message: string }
  readonly resource?: Resource
  /** As it is to be applied, with our labels. */
  readonly desired?: DesiredObject
  /** {@link digestManifest} of it. */
  readonly digest?: string
  readonly entry?: InventoryEntry
  readonly live?: KubeObject | ObjectMetadata
  readonly isFull: boolean
  /** What differs from what was recorded. */
  readonly differences: readonly Difference[]
  /** Whether these differences are undone with the write. */
  readonly heals: boolean
}

/** A component's part of a plan. */
export type PlannedComponent = {
  readonly name: string
  readonly dependsOn: readonly string[]
  readonly objects: readonly PlannedObject[]
}

/** Everything to be done on one cluster. Data: can be printed, tested, approved. */
export type Plan = {
  readonly cluster: string
  readonly revision: string
  readonly components: readonly PlannedComponent[]
  /** How many objects are owned on the cluster, before. */
  readonly owned: number
  /** Set where deletions need a person: what, and the digest that confirms exactly these. */
  readonly confirmation?: {
    readonly digest: string
    readonly reasons: readonly string[]
    readonly deletions: readonly ObjectRef[]
  }
}

/** Is it sent to the cluster? */
export const isWrite = ({ action }: { readonly action: Action }): boolean =>
  action === 'create' || action === 'configure' || action === 'delete'

/** The keys of everything that a plan writes. */
export const listWritten = ({ components }: Plan): Set<string> =>
  new Set(components.flatMap(({ objects }) => objects.filter(isWrite).map(({ ref }) => toRefKey(ref))))
