import type { Kysely, Selectable, Transaction } from 'kysely'
import type { ObjectOutcome } from '../apply/change-set.ts'
import type { Checkpoint } from '../audit/checkpoint.ts'
import { type AuditEvent, type AuditRecord, type ChainHead, linkRecords } from '../audit/record.ts'
import type { Finding } from '../drift/report.ts'
import { formatRef, toRefKey } from '../kube/object.ts'
import { isWrite, type Plan } from '../plan/plan.ts'
import { toChangeEvent, toClosedEvent, toOpenedEvent, toSuspensionEvent } from './audit-events.ts'
import type { Tables } from './schema.ts'
import type {
  ClusterState,
  Store,
  StoredChange,
  StoredCluster,
  StoredFinding,
  StoredOutcome,
  StoredRevision,
  Suspension,
} from './store.ts'

type Db = Kysely<Tables> | Transaction<Tables>

/** A finding that stays is noted again after this time, not with each look. */
const NOTED_MS = 60_000

/** The store on a database that Kysely speaks to, its schema in place. Disposing of it closes the database. */
export const createStore = (db: Kysely<Tables>): Store => {
  const inTransaction = <Result>(task: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result> =>
    db.transaction().execute(task)

  return {
    saveFound: (found) =>
      inTransaction(async (tx) => {
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
      inTransaction(async (tx) => {
        const row = await tx.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst()
        if (!row || row.actor !== null) return false
        const finding = { ...(JSON.parse(row.finding) as Finding), actor: user }
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

    listFindings: async ({ cluster, isOpen, since, limit }) => {
      let query = db.selectFrom('findings').selectAll().orderBy('id', 'desc')
      if (cluster !== undefined) query = query.where('cluster', '=', cluster)
      if (isOpen !== undefined) query = query.where('closed', isOpen ? 'is' : 'is not', null)
      if (since !== undefined)
        query = query.where((where) => where.or([where('first_seen', '>=', since), where('closed', '>=', since)]))
      if (limit !== undefined) query = query.limit(limit)
      return (await query.execute()).map(toFinding)
    },

    startChange: (plan, { actor, time }) =>
      inTransaction(async (tx) => {
        const planned = listPlanned(plan)
        const { id } = await tx
          .insertInto('changes')
          .values({ cluster: plan.cluster, revision: plan.revision, started: time, planned: JSON.stringify(planned) })
          .returning('id')
          .executeTakeFirstOrThrow()
        await append(tx, [toChangeEvent('change.started', { ...plan, id, actor, time }, { objects: planned })])
        return id
      }),

    endChange: (id, { outcomes, error, actor, time }) =>
      inTransaction(async (tx) => {
        const { cluster, revision } = await tx
          .selectFrom('changes')
          .select(['cluster', 'revision'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        const stored = outcomes.filter(isTold).map(toStoredOutcome)
        const isFailed = error !== undefined || outcomes.some(({ actuation }) => actuation === 'failed')
        const result = isFailed ? 'failed' : 'done'
        await tx
          .updateTable('changes')
          .set({ ended: time, result, outcomes: JSON.stringify(stored) })
          .where('id', '=', id)
          .execute()
        const healed = outcomes.filter(({ actuation }) => actuation === 'done')
        const open = await listOpen(tx, cluster, new Set(healed.map(({ ref }) => toRefKey(ref))))
        const byObject = new Map(healed.map((outcome) => [toRefKey(outcome.ref), outcome]))
        const closed = await closeFindings(
          tx,
          open.filter((row) => isHealed(row, byObject.get(row.object) as ObjectOutcome)),
          'lockstep',
          time,
        )
        await append(tx, [
          toChangeEvent(
            'change.ended',
            { cluster, revision, id, actor, time },
            { result, objects: stored, ...(error ? { error: error.message } : {}) },
          ),
          ...closed.map((finding) => toClosedEvent(finding, 'lockstep', { revision, time, actor })),
        ])
        return closed
      }),

    interruptChanges: ({ actor, time }) =>
      inTransaction(async (tx) => {
        const rows = await tx.selectFrom('changes').selectAll().where('ended', 'is', null).execute()
        if (rows.length === 0) return []
        await tx.updateTable('changes').set({ ended: time, result: 'interrupted' }).where('ended', 'is', null).execute()
        await append(
          tx,
          rows.map(({ id, cluster, revision }) =>
            toChangeEvent('change.interrupted', { id, cluster, revision, actor, time }, {}),
          ),
        )
        return rows.map((row) => toChange({ ...row, ended: time, result: 'interrupted' }))
      }),

    listChanges: async ({ cluster, since, limit }) => {
      let query = db.selectFrom('changes').selectAll().orderBy('id', 'desc')
      if (cluster !== undefined) query = query.where('cluster', '=', cluster)
      if (since !== undefined) query = query.where('started', '>=', since)
      if (limit !== undefined) query = query.limit(limit)
      return (await query.execute()).map(toChange)
    },

    saveCluster: async ({ name, target, applied, state, message, objects, seen }) => {
      const values = {
        target: target ?? null,
        applied: applied ?? null,
        state,
        message: message ?? null,
        objects,
        seen,
      }
      await db
        .insertInto('clusters')
        .values({ name, ...values })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
        .execute()
    },
    listClusters: async () => {
      const rows = await db.selectFrom('clusters').selectAll().orderBy('name').execute()
      return rows.map(toCluster)
    },

    saveRevision: (revision, { actor, time }) =>
      inTransaction(async (tx) => {
        const { commit, trailers, ...rest } = revision
        const known = await tx
          .selectFrom('revisions')
          .select('commit_id')
          .where('commit_id', '=', commit)
          .executeTakeFirst()
        if (known) return false
        await tx
          .insertInto('revisions')
          .values({ commit_id: commit, ...rest, trailers: JSON.stringify(trailers) })
          .execute()
        const data = { ...rest, trailers }
        await append(tx, [{ time, type: 'revision.seen', actor, subject: commit, revision: commit, data }])
        return true
      }),
    getRevision: async (commit) => {
      const row = await db.selectFrom('revisions').selectAll().where('commit_id', '=', commit).executeTakeFirst()
      return row && toRevision(row)
    },

    suspend: (suspension) =>
      inTransaction(async (tx) => {
        const { cluster, component, ...rest } = suspension
        const { id } = await tx
          .insertInto('suspensions')
          .values({ ...rest, cluster: cluster ?? null, component: component ?? null })
          .returning('id')
          .executeTakeFirstOrThrow()
        await append(tx, [toSuspensionEvent('suspended', suspension, { ...suspension, time: suspension.started })])
        return { ...suspension, id }
      }),
    resume: (scope, { actor, time }) =>
      inTransaction(async (tx) => {
        const rows = (await listSuspensions(tx, time)).filter(
          ({ cluster, component }) => cluster === scope.cluster && component === scope.component,
        )
        for (const { id } of rows)
          await tx.updateTable('suspensions').set({ ended: time }).where('id', '=', id).execute()
        await append(
          tx,
          rows.map((row) => toSuspensionEvent('resumed', row, { actor, time })),
        )
        return rows.map((row) => ({ ...row, ended: time }))
      }),
    listSuspensions: (time) => listSuspensions(db, time),

    appendAudit: (events) => inTransaction((tx) => append(tx, events)),
    listAudit: async ({ after, since, until, cluster, type, limit }) => {
      let query = db.selectFrom('audit').select(['seq', 'record']).orderBy('seq')
      if (after !== undefined) query = query.where('seq', '>', after)
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

    [Symbol.asyncDispose]: () => db.destroy(),
  }
}

const readHead = async (db: Db): Promise<ChainHead | undefined> => {
  const row = await db.selectFrom('audit').select('record').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  if (!row) return undefined
  const { seq, hash } = JSON.parse(row.record) as AuditRecord
  return { seq, hash }
}

/** In the transaction of what they tell: a change without its record cannot be. */
const append = async (tx: Transaction<Tables>, events: readonly AuditEvent[]): Promise<AuditRecord[]> => {
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

type FindingRow = Selectable<Tables['findings']>

const listOpen = async (db: Db, cluster: string, only?: ReadonlySet<string>): Promise<FindingRow[]> => {
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
  const known = row.actor === null ? finding : { ...finding, actor: row.actor }
  const text = JSON.stringify(known)
  if (row.finding === text && Date.parse(time) - Date.parse(row.last_seen) < NOTED_MS) return
  const { severity, owner = null, manager = null, actor = null, changedAt = null } = known
  await tx
    .updateTable('findings')
    .set({ last_seen: time, severity, owner, manager, actor, changed: changedAt, finding: text })
    .where('id', '=', row.id)
    .execute()
}

const closeFindings = async (
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

const toFinding = (row: FindingRow): StoredFinding => ({
  ...(JSON.parse(row.finding) as Finding),
  id: row.id,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
  ...(row.closed === null ? {} : { closed: row.closed }),
  ...(row.closed_by === null ? {} : { closedBy: row.closed_by as NonNullable<StoredFinding['closedBy']> }),
})

/** Did a write that went well undo this finding? */
const isHealed = ({ field, drift }: FindingRow, { action, healed }: ObjectOutcome): boolean =>
  field === '' ? action !== 'unchanged' && drift !== 'terminating' : (healed?.includes(field) ?? false)

/** What was not touched is not told: nothing happened to it. */
const isTold = (outcome: ObjectOutcome): boolean => isWrite(outcome) || outcome.actuation === 'failed'

const listPlanned = (plan: Plan): StoredOutcome[] =>
  plan.components.flatMap(({ objects }) =>
    objects.filter(isWrite).map(({ ref, component, action, reason }) => ({
      object: ref,
      component,
      action,
      ...(reason ? { reason } : {}),
      actuation: 'pending' as const,
    })),
  )

const toStoredOutcome = (outcome: ObjectOutcome): StoredOutcome => {
  const { ref, component, action, reason, actuation, error, skip, healed } = outcome
  const message = error?.message ?? skip?.message
  return {
    object: ref,
    component,
    action,
    ...(reason ? { reason } : {}),
    actuation,
    ...(message === undefined ? {} : { message }),
    ...(healed?.length ? { healed } : {}),
  }
}

const toChange = (row: Selectable<Tables['changes']>): StoredChange => ({
  id: row.id,
  cluster: row.cluster,
  revision: row.revision,
  started: row.started,
  ...(row.ended === null ? {} : { ended: row.ended }),
  ...(row.result === null ? {} : { result: row.result as NonNullable<StoredChange['result']> }),
  planned: JSON.parse(row.planned) as StoredOutcome[],
  ...(row.outcomes === null ? {} : { outcomes: JSON.parse(row.outcomes) as StoredOutcome[] }),
})

const toCluster = ({ name, target, applied, state, message, objects, seen }: Tables['clusters']): StoredCluster => ({
  name,
  ...(target === null ? {} : { target }),
  ...(applied === null ? {} : { applied }),
  state: state as ClusterState,
  ...(message === null ? {} : { message }),
  objects,
  seen,
})

const toRevision = ({ commit_id, trailers, ...rest }: Tables['revisions']): StoredRevision => ({
  ...rest,
  commit: commit_id,
  trailers: JSON.parse(trailers) as string[],
})

const listSuspensions = async (db: Db, time: string): Promise<Suspension[]> => {
  const rows = await db
    .selectFrom('suspensions')
    .selectAll()
    .where('ended', 'is', null)
    .where('until', '>', time)
    .orderBy('id')
    .execute()
  return rows.map(({ cluster, component, ended: _, ...rest }) => ({
    ...rest,
    ...(cluster === null ? {} : { cluster }),
    ...(component === null ? {} : { component }),
  }))
}
