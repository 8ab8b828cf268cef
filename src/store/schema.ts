import type { Generated } from 'kysely'

/** The tables, with types that SQLite and PostgreSQL share: times are ISO text in UTC, JSON is text. */
export type Tables = {
  readonly migrations: { readonly name: string; readonly time: string }
  readonly clusters: {
    readonly name: string
    /** The commit that the hub gives it. */
    readonly target: string | null
    /** The commit that was applied and Current last. */
    readonly applied: string | null
    readonly state: string
    readonly message: string | null
    readonly objects: number
    readonly seen: string
  }
  readonly components: {
    readonly cluster: string
    readonly name: string
    readonly owner: string | null
    readonly source: string | null
    readonly digest: string | null
    readonly revision: string | null
    readonly applied: string | null
    readonly state: string
    readonly message: string | null
    readonly objects: number
    readonly fingerprints: string
    readonly time: string
  }
  readonly fingerprints: {
    readonly cluster: string
    readonly component: string
    readonly object: string
    readonly uid: string
    readonly resource_version: string
    readonly generation: number | null
    readonly digest: string
    readonly revision: string
    readonly time: string
  }
  readonly revisions: {
    readonly commit_id: string
    readonly time: string
    readonly author: string
    readonly committer: string
    readonly committed: string
    readonly subject: string
    readonly signature: string
    readonly trailers: string
  }
  readonly findings: {
    readonly id: Generated<number>
    readonly cluster: string
    readonly component: string
    readonly object: string
    readonly field: string
    readonly drift: string
    readonly severity: string
    readonly owner: string | null
    readonly manager: string | null
    readonly actor: string | null
    readonly changed: string | null
    readonly first_seen: string
    readonly last_seen: string
    readonly closed: string | null
    /** `lockstep` healed it, or it went away by `others`. */
    readonly closed_by: string | null
    /** Who said that he knows of it, when, and what he said, as JSON. */
    readonly acknowledged: string | null
    readonly finding: string
  }
  readonly changes: {
    readonly id: Generated<number>
    readonly cluster: string
    readonly revision: string
    readonly started: string
    readonly ended: string | null
    readonly result: string | null
    readonly planned: string
    readonly outcomes: string | null
  }
  readonly suspensions: {
    readonly id: Generated<number>
    readonly cluster: string | null
    readonly component: string | null
    readonly actor: string
    readonly reason: string
    readonly started: string
    readonly until: string
    readonly ended: string | null
  }
  readonly audit: {
    readonly seq: number
    readonly time: string
    readonly cluster: string | null
    readonly type: string
    readonly record: string
  }
  readonly tokens: {
    readonly id: string
    readonly name: string
    readonly actor: string
    readonly hash: string
    readonly permissions: string
    readonly created_by: string
    readonly created: string
    readonly expires: string
    readonly last_used: string | null
    readonly revoked: string | null
    readonly revoked_by: string | null
  }
  readonly sessions: {
    readonly hash: string
    readonly actor: string
    readonly role: string
    readonly created: string
    readonly last_used: string
    readonly expires: string
  }
  readonly checkpoints: { readonly seq: number; readonly checkpoint: string }
  /** One row: the record of the trail up to which alerts were made. */
  readonly alert_cursor: { readonly id: number; readonly seq: number }
  readonly alerts: { readonly key: string; readonly alert: string }
  readonly alert_groups: { readonly key: string; readonly state: string }
  readonly deliveries: {
    readonly id: Generated<number>
    readonly target: string
    readonly group_key: string
    readonly notification: string
    readonly created: string
    readonly attempts: number
    readonly due: string
    /** `pending`, `sent` or `dead`. */
    readonly state: string
    readonly error: string | null
    readonly ended: string | null
  }
  readonly silences: {
    readonly id: Generated<number>
    readonly matchers: string
    readonly actor: string
    readonly reason: string
    readonly started: string
    readonly until: string
    readonly ended: string | null
  }
}
