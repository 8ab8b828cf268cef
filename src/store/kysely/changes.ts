import type { Kysely, Selectable } from 'kysely'
import type { ObjectOutcome } from '../../apply/change-set.ts'
import { toRefKey } from '../../kube/object.ts'
import { isWrite, type Plan } from '../../plan/plan.ts'
import { toChangeEvent, toClosedEvent } from '../audit-events.ts'
import type { ChangeStore, StoredChange, StoredOutcome } from '../changes.ts'
import type { Tables } from '../schema.ts'
import { append } from './audit.ts'
import { inTransaction } from './db.ts'
import type { FindingRow } from './finding-row.ts'
import { closeFindings, listOpen } from './findings.ts'

/** Changes in a database. */
export const createChangeStore = (db: Kysely<Tables>): ChangeStore => ({
  startChange: (plan, { actor, time }) =>
    inTransaction(db, async (tx) => {
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
    inTransaction(db, async (tx) => {
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
    inTransaction(db, async (tx) => {
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

  listChanges: async ({ cluster, revision, result, since, until, before, limit }) => {
    let query = db.selectFrom('changes').selectAll().orderBy('id', 'desc')
    if (cluster !== undefined) query = query.where('cluster', '=', cluster)
    if (revision !== undefined) query = query.where('revision', '=', revision)
    if (result !== undefined) query = query.where('result', '=', result)
    if (since !== undefined) query = query.where('started', '>=', since)
    if (until !== undefined) query = query.where('started', '<', until)
    if (before !== undefined) query = query.where('id', '<', before)
    if (limit !== undefined) query = query.limit(limit)
    return (await query.execute()).map(toChange)
  },
  getChange: async (id) => {
    const row = await db.selectFrom('changes').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toChange(row)
  },
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
