import type { Checkpoint } from '../audit/checkpoint.ts'
import type { AuditEvent, AuditRecord, ChainHead } from '../audit/record.ts'

/** Which records, oldest first unless `isNewestFirst`. */
export type AuditFilter = {
  readonly after?: number
  readonly before?: number
  readonly isNewestFirst?: boolean
  readonly since?: string
  readonly until?: string
  readonly cluster?: string
  readonly type?: string
  readonly limit?: number
}

/** The chain of audit records. */
export type AuditStore = {
  readonly appendAudit: (events: readonly AuditEvent[]) => Promise<readonly AuditRecord[]>
  readonly listAudit: (filter: AuditFilter) => Promise<AuditRecord[]>
  readonly readHead: () => Promise<ChainHead | undefined>
  readonly saveCheckpoint: (checkpoint: Checkpoint) => Promise<void>
  readonly listCheckpoints: () => Promise<Checkpoint[]>
}

const PAGE = 1_000

/** Every record from the first, a page at a time. */
export async function* iterateAudit(
  store: Pick<AuditStore, 'listAudit'>,
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
