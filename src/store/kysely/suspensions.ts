import type { Kysely } from 'kysely'
import { toSuspensionEvent } from '../audit-events.ts'
import type { Tables } from '../schema.ts'
import type { Suspension, SuspensionStore } from '../suspensions.ts'
import { append } from './audit.ts'
import { type Db, inTransaction } from './db.ts'

/** Suspensions in a database. */
export const createSuspensionStore = (db: Kysely<Tables>): SuspensionStore => ({
  suspend: (suspension) =>
    inTransaction(db, async (tx) => {
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
    inTransaction(db, async (tx) => {
      const rows = (await listSuspensions(tx, time)).filter(
        ({ cluster, component }) => cluster === scope.cluster && component === scope.component,
      )
      for (const { id } of rows) await tx.updateTable('suspensions').set({ ended: time }).where('id', '=', id).execute()
      await append(
        tx,
        rows.map((row) => toSuspensionEvent('resumed', row, { actor, time })),
      )
      return rows.map((row) => ({ ...row, ended: time }))
    }),
  listSuspensions: (time) => listSuspensions(db, time),
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
