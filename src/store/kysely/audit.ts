import type { Kysely, Transaction } from 'kysely'
import type { Checkpoint } from '../../audit/checkpoint.ts'
import { type AuditEvent, type AuditRecord, type ChainHead, linkRecords } from '../../audit/record.ts'
import type { AuditStore } from '../audit-trail.ts'
import type { Tables } from '../schema.ts'
import { type Db, inTransaction } from './db.ts'

/** The trail in a database. */
export const createAuditStore = (db: Kysely<Tables>): AuditStore => ({
  appendAudit: (events) => inTransaction(db, (tx) => append(tx, events)),
  listAudit: async ({ after, before, isNewestFirst, since, until, cluster, type, limit }) => {
    let query = db
      .selectFrom('audit')
      .select(['seq', 'record'])
      .orderBy('seq', isNewestFirst ? 'desc' : 'asc')
    if (after !== undefined) query = query.where('seq', '>', after)
    if (before !== undefined) query = query.where('seq', '<', before)
    if (since !== undefined) query = query.where('time', '>=', since)
    if (until !== undefined) query = query.where('time', '<', until)
    if (cluster !== undefined) query = query.where('cluster', '=', cluster)
    if (type !== undefined) query = query.where('type', '=', type)
    if (limit !== undefined) query = query.limit(limit)
    // Its place in the table counts, whatever the record says of itself: an exchange must show.
    return (await query.execute()).map(({ record }) => JSON.parse(record) as AuditRecord)
  },
  readHead: () => readHead(db),
  saveCheckpoint: async (checkpoint) => {
    const values = { checkpoint: JSON.stringify(checkpoint) }
    await db
      .insertInto('checkpoints')
      .values({ seq: checkpoint.seq, ...values })
      .onConflict((conflict) => conflict.column('seq').doUpdateSet(values))
      .execute()
  },
  listCheckpoints: async () => {
    const rows = await db.selectFrom('checkpoints').select('checkpoint').orderBy('seq').execute()
    return rows.map(({ checkpoint }) => JSON.parse(checkpoint) as Checkpoint)
  },
})

const readHead = async (db: Db): Promise<ChainHead | undefined> => {
  const row = await db.selectFrom('audit').select('record').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  if (!row) return undefined
  const { seq, hash } = JSON.parse(row.record) as AuditRecord
  return { seq, hash }
}

/** In the transaction of what they tell: a change without its record cannot be. */
export const append = async (tx: Transaction<Tables>, events: readonly AuditEvent[]): Promise<AuditRecord[]> => {
  if (events.length === 0) return []
  const records = linkRecords(await readHead(tx), events)
  for (const record of records) {
    const { seq, time, type, cluster = null } = record
    await tx
      .insertInto('audit')
      .values({ seq, time, type, cluster, record: JSON.stringify(record) })
      .execute()
  }
  return records
}
