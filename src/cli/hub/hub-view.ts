import type { Checkpoint } from '../../audit/checkpoint.ts'
import type { AuditRecord, ChainHead } from '../../audit/record.ts'
import type { AuditFilter } from '../../store/audit-trail.ts'
import type { DriftHistory, HistoryPeriod } from '../../store/drift-history.ts'
import type { StoredFinding } from '../../store/findings.ts'
import type { StoredRevision } from '../../store/revisions.ts'
import type { Suspension } from '../../store/suspensions.ts'
import type { Trace } from '../../store/trace.ts'

/** A cluster, a component (on one cluster or on all), or everything where neither is named. */
export type Scope = { readonly cluster?: string; readonly component?: string }

/** Which records: all of the trail, or a part of it. */
export type RecordFilter = Pick<AuditFilter, 'since' | 'until' | 'cluster' | 'type'>

/**
 * What a hub recorded, and what an operator may tell it: read from its data folder on this machine, or asked over its API.
 * Both give the same.
 */
export type HubView = AsyncDisposable & {
  /** Records as they are, oldest first. Nothing of them is taken for true: whoever has to be sure verifies them. */
  readonly iterateAudit: (filter: RecordFilter) => AsyncIterable<AuditRecord>
  /** The last so many records, oldest first. */
  readonly listNewestAudit: (filter: RecordFilter, limit: number) => Promise<readonly AuditRecord[]>
  readonly getAudit: (seq: number) => Promise<AuditRecord | undefined>
  readonly readHead: () => Promise<ChainHead | undefined>
  readonly listCheckpoints: () => Promise<readonly Checkpoint[]>
  readonly getRevision: (commit: string) => Promise<StoredRevision | undefined>
  /** From a commit, or its first digits, to what was done with it; from the number of a change back to its commit. */
  readonly trace: (of: string) => Promise<Trace | undefined>
  readonly readDriftHistory: (period: HistoryPeriod) => Promise<DriftHistory>
  /** Says that somebody knows of an open finding; undefined where there is none of this number. */
  readonly acknowledge: (id: number, note: string) => Promise<StoredFinding | undefined>
  /** Those in force now. */
  readonly listSuspensions: () => Promise<readonly Suspension[]>
  readonly suspend: (scope: Scope, options: { readonly forMs: number; readonly reason: string }) => Promise<Suspension>
  /** Ends what holds back exactly this scope; gives what was ended. */
  readonly resume: (scope: Scope) => Promise<readonly Suspension[]>
}
