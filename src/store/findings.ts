import type { DriftKind, Finding } from '../drift/report.ts'
import type { Severity } from '../fleet/severity.ts'
import type { JsonObject } from '../kube/object.ts'

/** A finding with its history. Times are ISO 8601, UTC. */
export type StoredFinding = Finding & {
  readonly id: number
  readonly firstSeen: string
  readonly lastSeen: string
  /** When it was gone. */
  readonly closed?: string
  /** Healed by us, or gone by somebody else's hand. */
  readonly closedBy?: 'lockstep' | 'others'
  /** Somebody knows of it. */
  readonly acknowledged?: { readonly by: string; readonly time: string; readonly note: string }
}

/** Which findings, the newest first. */
export type FindingFilter = {
  readonly cluster?: string
  readonly component?: string
  /** So bad or worse. */
  readonly severity?: Severity
  readonly owner?: string
  readonly drift?: DriftKind
  readonly isOpen?: boolean
  /** Seen first, or closed, since this time. */
  readonly since?: string
  /** Seen first before this time. */
  readonly until?: string
  /** Part of the object, the field, or the name of who made it; case does not count. */
  readonly text?: string
  /** Older than the one of this id: the end of the page before. */
  readonly before?: number
  readonly limit?: number
}

/** Findings with their history. */
export type FindingStore = {
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
  /** Says that somebody knows of an open finding; the last word counts. Undefined where there is none. */
  readonly acknowledge: (
    id: number,
    said: { readonly note: string },
    by: { readonly actor: string; readonly time: string },
  ) => Promise<StoredFinding | undefined>
  readonly listFindings: (filter: FindingFilter) => Promise<StoredFinding[]>
  /** How many are open, by cluster and severity. */
  readonly countOpenFindings: () => Promise<
    readonly { readonly cluster: string; readonly severity: Severity; readonly count: number }[]
  >
  readonly getFinding: (id: number) => Promise<StoredFinding | undefined>
}
