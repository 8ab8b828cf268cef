import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Notification } from '../../alerts/notification.ts'
import type { AlertStep, AlertStore, Delivery, DeliveryState } from '../../alerts/outbox.ts'
import { toDeliveryEvent } from '../audit-events.ts'
import type { Tables } from '../schema.ts'
import { append } from './audit.ts'
import { inTransaction } from './db.ts'

type DeliveryStore = Pick<
  AlertStore,
  | 'nextDelivery'
  | 'listPendingTargets'
  | 'noteAttempt'
  | 'endDelivery'
  | 'listDeliveries'
  | 'countDeliveries'
  | 'retryDelivery'
  | 'pruneDeliveries'
>

/** The outbox in a database. */
export const createDeliveryStore = (db: Kysely<Tables>): DeliveryStore => ({
  nextDelivery: async (target) => {
    const firsts = db
      .selectFrom('deliveries')
      .select(({ fn }) => fn.min('id').as('id'))
      .where('state', '=', 'pending')
      .where('target', '=', target)
      .groupBy('group_key')
    const row = await db
      .selectFrom('deliveries')
      .selectAll()
      .where('id', 'in', firsts)
      .orderBy('due')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    return row && toDelivery(row)
  },
  listPendingTargets: async () => {
    const rows = await db.selectFrom('deliveries').select('target').distinct().where('state', '=', 'pending').execute()
    return rows.map(({ target }) => target)
  },
  noteAttempt: async (id, { due, error }) => {
    await db
      .updateTable('deliveries')
      .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), due, error }))
      .where('id', '=', id)
      .execute()
  },
  endDelivery: (id, { state, actor, time, error }) =>
    inTransaction(db, async (tx) => {
      const { target } = await tx
        .updateTable('deliveries')
        .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), state, ended: time, error: error ?? null }))
        .where('id', '=', id)
        .returning('target')
        .executeTakeFirstOrThrow()
      if (state !== 'dead') return
      const facts = { id, target, ...(error === undefined ? {} : { error }) }
      await append(tx, [toDeliveryEvent('alert.undelivered', facts, { actor, time })])
    }),
  listDeliveries: async ({ state, id, before, limit }) => {
    let query = db.selectFrom('deliveries').selectAll().orderBy('id', 'desc')
    if (state !== undefined) query = query.where('state', '=', state)
    if (id !== undefined) query = query.where('id', '=', id)
    if (before !== undefined) query = query.where('id', '<', before)
    if (limit !== undefined) query = query.limit(limit)
    return (await query.execute()).map(toDelivery)
  },
  countDeliveries: async () => {
    const rows = await db
      .selectFrom('deliveries')
      .select(({ fn }) => ['target', 'state', fn.countAll<number>().as('count')])
      .where('state', '!=', 'sent')
      .groupBy(['target', 'state'])
      .execute()
    return rows.map(({ target, state, count }) => ({ target, state: state as DeliveryState, count: Number(count) }))
  },
  retryDelivery: (id, by) =>
    inTransaction(db, async (tx) => {
      const row = await tx
        .updateTable('deliveries')
        // Its time begins anew, as if it were made now.
        .set({ state: 'pending', attempts: 0, created: by.time, due: by.time, ended: null })
        .where('id', '=', id)
        .where('state', '=', 'dead')
        .returning('target')
        .executeTakeFirst()
      if (row) await append(tx, [toDeliveryEvent('alert.retried', { id, target: row.target }, by)])
      return row !== undefined
    }),
  pruneDeliveries: async (before) => {
    await db.deleteFrom('deliveries').where('state', '=', 'sent').where('ended', '<', before).execute()
  },
})

/** Puts notifications into the outbox, in the transaction of what they tell. */
export const insertDeliveries = async (tx: Transaction<Tables>, deliveries: AlertStep['deliveries']): Promise<void> => {
  const rows = deliveries.map(({ target, groupKey, notification, created }) => ({
    target,
    group_key: groupKey,
    notification: JSON.stringify(notification),
    created,
    attempts: 0,
    due: created,
    state: 'pending',
    error: null,
    ended: null,
  }))
  await tx.insertInto('deliveries').values(rows).execute()
}

const toDelivery = (row: Selectable<Tables['deliveries']>): Delivery => ({
  id: row.id,
  target: row.target,
  groupKey: row.group_key,
  notification: JSON.parse(row.notification) as Notification,
  created: row.created,
  attempts: row.attempts,
  due: row.due,
  state: row.state as DeliveryState,
  ...(row.error === null ? {} : { error: row.error }),
  ...(row.ended === null ? {} : { ended: row.ended }),
})
