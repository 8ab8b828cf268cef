import { Readable } from 'node:stream'
import type { AUDIT_OPERATIONS } from '../../api/audit.ts'
import { createNotFound } from '../../api/errors.ts'
import { DEFAULT_PAGE, type QueryOf } from '../../api/operation.ts'
import { formatAuditCsv } from '../../audit/csv.ts'
import type { AuditRecord } from '../../audit/record.ts'
import { computeAuditReport } from '../../audit/report.ts'
import { type Verification, verifyTrail } from '../../audit/verify.ts'
import { iterateAudit } from '../../store/audit-trail.ts'
import type { Store } from '../../store/store.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { Handlers } from './handler.ts'
import { toPeriod, toWholePeriod } from './period.ts'

export const AUDIT_HANDLERS: Handlers<typeof AUDIT_OPERATIONS> = {
  listAudit: async ({ query: { cursor, limit = DEFAULT_PAGE, order = 'oldest', ...filter } }, { store }) => {
    const list = `listAudit ${order}`
    const isNewestFirst = order === 'newest'
    const last = decodeCursor<number>(list, cursor, isNewestFirst ? Number.MAX_SAFE_INTEGER : 0)
    const found = await store.listAudit({
      ...filter,
      ...toPeriod(filter),
      ...(isNewestFirst ? { before: last } : { after: last }),
      isNewestFirst,
      limit: limit + 1,
    })
    return toPage(list, found, limit, ({ seq }) => seq)
  },
  getAuditRecord: async ({ params: { seq } }, { store }) => {
    const [record] = await store.listAudit({ after: seq - 1, limit: 1 })
    if (record?.seq !== seq) throw createNotFound('record', String(seq))
    return record
  },
  verifyAudit: (_, { store }) => verify(store),
  listCheckpoints: async ({ query: { cursor, limit = DEFAULT_PAGE } }, { store }) => {
    const after = decodeCursor<number>('listCheckpoints', cursor, 0)
    const found = (await store.listCheckpoints()).filter(({ seq }) => seq > after)
    return toPage('listCheckpoints', found, limit, ({ seq }) => seq)
  },
  exportAudit: async (request, reply, { store }) => {
    const { format = 'jsonl', ...filter } = request.query as QueryOf<(typeof AUDIT_OPERATIONS)['exportAudit']>
    const records = iterateAudit(store, { ...filter, ...toPeriod(filter) })
    const type = format === 'csv' ? 'text/csv' : 'application/jsonl'
    return reply
      .type(`${type}; charset=utf-8`)
      .header('content-disposition', `attachment; filename="audit.${format}"`)
      .send(Readable.from(format === 'csv' ? toCsv(records) : toLines(records)))
  },
  reportAudit: async ({ query: { cluster, ...period } }, { store, clock }) => {
    const { since, until } = toWholePeriod(period, clock.now())
    const records = iterateAudit(store, { since, until, ...(cluster === undefined ? {} : { cluster }) })
    return { ...(await computeAuditReport(records, { since, until })), verified: await verify(store) }
  },
}

const verify = async (store: Store): Promise<Verification> =>
  verifyTrail({ records: iterateAudit(store), checkpoints: await store.listCheckpoints() })

async function* toCsv(records: AsyncIterable<AuditRecord>): AsyncGenerator<string> {
  yield formatAuditCsv()
  for await (const record of records) yield formatAuditCsv(record)
}

async function* toLines(records: AsyncIterable<AuditRecord>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`
}
