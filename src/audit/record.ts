import { createHash } from 'node:crypto'
import { formatCanonical } from '../kube/canonical.ts'
import type { JsonObject } from '../kube/object.ts'

/** What is recorded, before it has its place in the chain. */
export type AuditEvent = {
  /** ISO 8601, UTC. */
  readonly time: string
  /** What happened: `finding.opened`, `change.started`, `cluster.suspended`, … */
  readonly type: string
  /** Who did it: `hub/NAME`, a person, a field manager. */
  readonly actor: string
  /** What it was done to: a cluster, an object on a cluster, a commit. */
  readonly subject: string
  readonly cluster?: string
  /** The commit of the fleet repository that it belongs to. */
  readonly revision?: string
  /** What else is to be known of it. Values of Secrets are masked before they come here. */
  readonly data: JsonObject
}

/** A link of the chain: `hash` is over everything else of it, the hash of the record before included. */
export type AuditRecord = AuditEvent & { readonly seq: number; readonly previous: string; readonly hash: string }

/** The `previous` of the first record. */
export const GENESIS = '0'.repeat(64)

/** Where a chain ends. */
export type ChainHead = { readonly seq: number; readonly hash: string }

/** The events as the next links of a chain. Pure. */
export const linkRecords = (head: ChainHead | undefined, events: readonly AuditEvent[]): AuditRecord[] => {
  let { seq, hash } = head ?? { seq: 0, hash: GENESIS }
  return events.map((event) => {
    const unhashed = { ...event, seq: ++seq, previous: hash }
    hash = hashRecord(unhashed)
    return { ...unhashed, hash }
  })
}

/** SHA-256, in hex, of the record as canonical JSON (RFC 8785) without its hash. */
export const hashRecord = (record: Omit<AuditRecord, 'hash'> & { readonly hash?: string }): string => {
  const { hash: _, ...rest } = record
  return createHash('sha256').update(formatCanonical(rest)).digest('hex')
}
