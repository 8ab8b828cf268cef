import type { ObjectOutcome } from '../apply/change-set.ts'
import type { ObjectRef } from '../kube/object.ts'
import type { Plan, WriteReason } from '../plan/plan.ts'
import type { StoredFinding } from './findings.ts'

/** What became of an object in a change, as it is stored. */
export type StoredOutcome = {
  readonly object: ObjectRef
  readonly component: string
  readonly action: ObjectOutcome['action']
  readonly reason?: WriteReason
  readonly actuation: ObjectOutcome['actuation']
  readonly message?: string
  readonly healed?: readonly string[]
}

/** Something that was done to a cluster. Without an end: under way, or cut off. */
export type StoredChange = {
  readonly id: number
  readonly cluster: string
  readonly revision: string
  readonly started: string
  readonly ended?: string
  readonly result?: ChangeResult
  readonly planned: readonly StoredOutcome[]
  readonly outcomes?: readonly StoredOutcome[]
}

/** A change by its counts. */
export type ChangeSummary = Omit<StoredChange, 'planned' | 'outcomes'> & {
  /** Objects that it changed, or is to change. */
  readonly objects: number
  readonly failed: number
}

/** Counts a change. Pure. */
export const summarizeChange = ({ planned, outcomes, ...rest }: StoredChange): ChangeSummary => ({
  ...rest,
  objects: (outcomes ?? planned).length,
  failed: (outcomes ?? []).filter(({ actuation }) => actuation === 'failed').length,
})

/** How a change ended: `interrupted` by the end of the process, so that only the cluster knows how far it went. */
export type ChangeResult = 'done' | 'failed' | 'interrupted'

/** Which changes, the newest first. */
export type ChangeFilter = {
  readonly cluster?: string
  readonly revision?: string
  readonly result?: ChangeResult
  /** Started since this time. */
  readonly since?: string
  /** Started before this time. */
  readonly until?: string
  /** Older than the one of this id: the end of the page before. */
  readonly before?: number
  readonly limit?: number
}

/** Everything that was done to clusters. */
export type ChangeStore = {
  /** Before anything is written to the cluster. */
  readonly startChange: (plan: Plan, by: { readonly actor: string; readonly time: string }) => Promise<number>
  /** What became of it; findings that it healed are closed. */
  readonly endChange: (
    id: number,
    end: {
      readonly outcomes: readonly ObjectOutcome[]
      readonly error?: Error
      readonly actor: string
      readonly time: string
    },
  ) => Promise<readonly StoredFinding[]>
  /** Says of changes without an end that they were cut off. */
  readonly interruptChanges: (by: { readonly actor: string; readonly time: string }) => Promise<readonly StoredChange[]>
  readonly listChanges: (filter: ChangeFilter) => Promise<StoredChange[]>
  readonly getChange: (id: number) => Promise<StoredChange | undefined>
}
