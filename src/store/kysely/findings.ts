import type { Kysely, Transaction } from 'kysely'
import type { Finding } from '../../drift/report.ts'
import type { Severity } from '../../fleet/severity.ts'
import { formatRef, toRefKey } from '../../kube/object.ts'
import { toClosedEvent, toOpenedEvent } from '../audit-events.ts'
import type { FindingStore, StoredFinding } from '../findings.ts'
import type { Tables } from '../schema.ts'
import { append } from './audit.ts'
import { type Db, inTransaction } from './db.ts'
import { type FindingRow, toFinding } from './finding-row.ts'
import { listFindings } from './list-findings.ts'

/** A finding that stays is noted again after this time, not with each look. */
const NOTED_MS = 60_000

/** Findings in a database. */
export const createFindingStore = (db: Kysely<Tables>): FindingStore => ({
  saveFound: (found) =>
    inTransaction(db, async (tx) => {
      const open = await listOpen(tx, found.cluster, found.only)
      const known = new Map(open.map((row) => [toFindingKey(row), row]))
      const seen = new Map(found.findings.map((finding) => [toFindingKey(toColumns(finding)), finding]))
      const opened: StoredFinding[] = []
      for (const [key, finding] of seen) {
        const row = known.get(key)
        if (row) await noteAgain(tx, row, finding, found.time)
        else opened.push(await insertFinding(tx, finding, found.time))
      }
      const gone = open.filter((row) => !seen.has(toFindingKey(row)) && !found.busy?.has(row.object))
      const closed = await closeFindings(tx, gone, 'others', found.time)
      await append(tx, [
        ...opened.map((finding) => toOpenedEvent(finding, found)),
        ...closed.map((finding) => toClosedEvent(finding, 'others', { ...found, actor: 'unknown' })),
      ])
      return { opened, closed }
    }),

  attribute: (id, { user, details }, { actor, time }) =>
    inTransaction(db, async (tx) => {
      const row = await tx.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row || row.actor !== null) return false
      const finding: Finding = { ...(JSON.parse(row.finding) as Finding), actor: user, attributedBy: 'audit' }
      await tx
        .updateTable('findings')
        .set({ actor: user, finding: JSON.stringify(finding) })
        .where('id', '=', id)
        .execute()
      const subject = formatRef(finding.object)
      const data = { finding: id, user, ...details }
      await append(tx, [{ time, type: 'finding.attributed', actor, subject, cluster: row.cluster, data }])
      return true
    }),

  acknowledge: (id, { note }, { actor, time }) =>
    inTransaction(db, async (tx) => {
      const row = await tx.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row || row.closed !== null) return undefined
      const acknowledged = JSON.stringify({ by: actor, time, note })
      await tx.updateTable('findings').set({ acknowledged }).where('id', '=', id).execute()
      const finding = toFinding({ ...row, acknowledged })
      const { cluster, object } = finding
      const data = { finding: id, note }
      await append(tx, [{ time, type: 'finding.acknowledged', actor, subject: formatRef(object), cluster, data }])
      return finding
    }),

  listFindings: (filter) => listFindings(db, filter),
  countOpenFindings: async () => {
    const rows = await db
      .selectFrom('findings')
      .select(({ fn }) => ['cluster', 'severity', fn.countAll().as('count')])
      .where('closed', 'is', null)
      .groupBy(['cluster', 'severity'])
      .orderBy('cluster')
      .execute()
    return rows.map(({ cluster, severity, count }) => ({
      cluster,
      severity: severity as Severity,
      // PostgreSQL counts further than a number reaches, and gives text.
      count: Number(count),
    }))
  },
  getFinding: async (id) => {
    const row = await db.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toFinding(row)
  },
})

/** Of one cluster: all that are open, or those of some objects. */
export const listOpen = async (db: Db, cluster: string, only?: ReadonlySet<string>): Promise<FindingRow[]> => {
  if (only?.size === 0) return []
  const query = db.selectFrom('findings').selectAll().where('cluster', '=', cluster).where('closed', 'is', null)
  return (only ? query.where('object', 'in', [...only]) : query).execute()
}

const toColumns = ({ object, field = '', drift }: Finding) => ({ object: toRefKey(object), field, drift })

const toFindingKey = ({ object, field, drift }: { object: string; field: string; drift: string }): string =>
  `${object} ${drift} ${field}`

const insertFinding = async (tx: Transaction<Tables>, finding: Finding, time: string): Promise<StoredFinding> => {
  const { cluster, component, severity, owner = null, manager = null, actor = null, changedAt = null } = finding
  const { id } = await tx
    .insertInto('findings')
    .values({
      ...toColumns(finding),
      ...{ cluster, component, severity, owner, manager, actor },
      changed: changedAt,
      first_seen: time,
      last_seen: time,
      finding: JSON.stringify(finding),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { ...finding, id, firstSeen: time, lastSeen: time }
}

const noteAgain = async (tx: Transaction<Tables>, row: FindingRow, finding: Finding, time: string): Promise<void> => {
  const known: Finding = row.actor === null ? finding : { ...finding, actor: row.actor, attributedBy: 'audit' }
  const text = JSON.stringify(known)
  if (row.finding === text && Date.parse(time) - Date.parse(row.last_seen) < NOTED_MS) return
  const { severity, owner = null, manager = null, actor = null, changedAt = null } = known
  await tx
    .updateTable('findings')
    .set({ last_seen: time, severity, owner, manager, actor, changed: changedAt, finding: text })
    .where('id', '=', row.id)
    .execute()
}

/** Closes findings; gives them as they are then. */
export const closeFindings = async (
  tx: Transaction<Tables>,
  rows: readonly FindingRow[],
  by: NonNullable<StoredFinding['closedBy']>,
  time: string,
): Promise<StoredFinding[]> => {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  await tx.updateTable('findings').set({ closed: time, closed_by: by }).where('id', 'in', ids).execute()
  return rows.map((row) => toFinding({ ...row, closed: time, closed_by: by }))
}
