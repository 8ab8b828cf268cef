import type { ObjectOutcome } from '../apply/change-set.ts'
import type { Checkpoint } from '../audit/checkpoint.ts'
import type { AuditEvent, AuditRecord, ChainHead } from '../audit/record.ts'
import type { Finding } from '../drift/report.ts'
import type { JsonObject, ObjectRef } from '../kube/object.ts'
import type { Plan } from '../plan/plan.ts'

/** A finding with its history. Times are ISO 8601, UTC. */
export type StoredFinding = Finding & {
  readonly id: number
  readonly firstSeen: string
  readonly lastSeen: string
  /** When it was gone. */
  readonly closed?: string
  /** Healed by us, or gone by somebody else's hand. */
  readonly closedBy?: 'lockstep' | 'others'
}

/** What became of an object in a change, as it is stored. */
export type StoredOutcome = {
  readonly object: ObjectRef
  readonly component: string
  readonly action: ObjectOutcome['action']
  readonly reason?: ObjectOutcome['reason']
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

/** How a change ended: `interrupted` by the end of the process, so that only the cluster knows how far it went. */
export type ChangeResult = 'done' | 'failed' | 'interrupted'

/** How a cluster was last. */
export type StoredCluster = {
  readonly name: string
  readonly target?: string
  readonly applied?: string
  readonly state: ClusterState
  readonly message?: string
  readonly objects: number
  readonly seen: string
}

/** `synced`: as Git says, or drift is being healed; `drifted`: something is left; `pending`: Git is ahead. */
export type ClusterState =
  | 'unknown'
  | 'syncing'
  | 'synced'
  | 'drifted'
  | 'pending'
  | 'failed'
  | 'unreachable'
  | 'suspended'

/** A commit of the fleet repository. */
export type StoredRevision = {
  readonly commit: string
  readonly time: string
  readonly author: string
  readonly committer: string
  readonly committed: string
  readonly subject: string
  /** What Git says of its signature: `G` good, `N` none, … as in `%G?`. */
  readonly signature: string
  readonly trailers: readonly string[]
}

/** Applying and healing are held back on a cluster, of a component, or of everything (both absent). */
export type Suspension = {
  readonly id: number
  readonly cluster?: string
  readonly component?: string
  readonly actor: string
  readonly reason: string
  readonly started: string
  readonly until: string
  readonly ended?: string
}

/** Which findings. */
export type FindingFilter = {
  readonly cluster?: string
  readonly isOpen?: boolean
  /** Seen first, or closed, since this time. */
  readonly since?: string
  readonly limit?: number
}

/** Which records, oldest first. */
export type AuditFilter = {
  readonly after?: number
  readonly since?: string
  readonly until?: string
  readonly cluster?: string
  readonly type?: string
  readonly limit?: number
}

/**
 * What the hub remembers. Each call is one transaction, on the disk when it resolves; what it changes and the audit records
 * of it stand or fall together.
 */
export type Store = AsyncDisposable & {
  /**
   * What a look at a cluster found: of all of it, or of the objects `only` names. New findings are opened, those that are
   * not found any more are closed.
   */
  readonly saveFound: (found: {
    readonly cluster: string
    readonly findings: readonly Finding[]
    readonly only?: ReadonlySet<string>
    /** Findings of these objects are not closed: something is being done about them, and will say what became of it. */
    readonly busy?: ReadonlySet<string>
    readonly time: string
    readonly revision: string
  }) => Promise<{ readonly opened: readonly StoredFinding[]; readonly closed: readonly StoredFinding[] }>
  /** Says of a finding who made it. False where that is known. */
  readonly attribute: (
    id: number,
    actor: { readonly user: string; readonly details: JsonObject },
    by: { readonly actor: string; readonly time: string },
  ) => Promise<boolean>
  readonly listFindings: (filter: FindingFilter) => Promise<StoredFinding[]>
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
  readonly listChanges: (filter: {
    readonly cluster?: string
    readonly since?: string
    readonly limit?: number
  }) => Promise<StoredChange[]>
  readonly saveCluster: (cluster: StoredCluster) => Promise<void>
  readonly listClusters: () => Promise<StoredCluster[]>
  /** False where it was known. */
  readonly saveRevision: (
    revision: StoredRevision,
    by: { readonly actor: string; readonly time: string },
  ) => Promise<boolean>
  readonly getRevision: (commit: string) => Promise<StoredRevision | undefined>
  readonly suspend: (suspension: Omit<Suspension, 'id' | 'ended'>) => Promise<Suspension>
  /** Ends what holds back exactly this scope; gives what was ended. */
  readonly resume: (
    scope: { readonly cluster?: string; readonly component?: string },
    by: { readonly actor: string; readonly time: string },
  ) => Promise<readonly Suspension[]>
  /** Those in force at a time. */
  readonly listSuspensions: (time: string) => Promise<Suspension[]>
  readonly appendAudit: (events: readonly AuditEvent[]) => Promise<readonly AuditRecord[]>
  readonly listAudit: (filter: AuditFilter) => Promise<AuditRecord[]>
  readonly readHead: () => Promise<ChainHead | undefined>
  readonly saveCheckpoint: (checkpoint: Checkpoint) => Promise<void>
  readonly listCheckpoints: () => Promise<Checkpoint[]>
}

const PAGE = 1_000

/** Every record from the first, a page at a time. */
export async function* iterateAudit(
  store: Pick<Store, 'listAudit'>,
  filter: AuditFilter = {},
): AsyncGenerator<AuditRecord> {
  let after = filter.after ?? 0
  for (;;) {
    const page = await store.listAudit({ ...filter, after, limit: PAGE })
    yield* page
    if (page.length < PAGE) return
    after = (page.at(-1) as AuditRecord).seq
  }
}
