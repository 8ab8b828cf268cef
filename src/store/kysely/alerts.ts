import type { Kysely, Transaction } from 'kysely'
import type { Alert } from '../../alerts/alert.ts'
import type { GroupState } from '../../alerts/alert-group.ts'
import type { AlertStep, AlertStore } from '../../alerts/outbox.ts'
import type { Tables } from '../schema.ts'
import { inTransaction } from './db.ts'
import { createDeliveryStore, insertDeliveries } from './deliveries.ts'
import { createSilenceStore } from './silences.ts'

/** What alerting keeps, in a database. */
export const createAlertStore = (db: Kysely<Tables>): AlertStore => ({
  loadAlerting: async () => {
    const cursor = await db.selectFrom('alert_cursor').select('seq').executeTakeFirst()
    const alerts = await db.selectFrom('alerts').select('alert').execute()
    const groups = await db.selectFrom('alert_groups').select('state').execute()
    return {
      ...(cursor ? { cursor: cursor.seq } : {}),
      alerts: alerts.map(({ alert }) => JSON.parse(alert) as Alert),
      groups: groups.map(({ state }) => JSON.parse(state) as GroupState),
    }
  },
  saveAlerting: (step) => inTransaction(db, (tx) => saveStep(tx, step)),
  ...createDeliveryStore(db),
  ...createSilenceStore(db),
})

/** So many rows go into one statement: SQLite takes 32,766 variables. */
const BATCH = 500

const saveStep = async (tx: Transaction<Tables>, { cursor, alerts, groups, deliveries }: AlertStep): Promise<void> => {
  await tx
    .insertInto('alert_cursor')
    .values({ id: 1, seq: cursor })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seq: cursor }))
    .execute()
  const [kept, gone] = split(alerts)
  for (const rows of batches(kept))
    await tx
      .insertInto('alerts')
      .values(rows.map(([key, alert]) => ({ key, alert: JSON.stringify(alert) })))
      .onConflict((conflict) => conflict.column('key').doUpdateSet(({ ref }) => ({ alert: ref('excluded.alert') })))
      .execute()
  for (const keys of batches(gone)) await tx.deleteFrom('alerts').where('key', 'in', keys).execute()
  const [changed, left] = split(groups)
  for (const rows of batches(changed))
    await tx
      .insertInto('alert_groups')
      .values(rows.map(([key, state]) => ({ key, state: JSON.stringify(state) })))
      .onConflict((conflict) => conflict.column('key').doUpdateSet(({ ref }) => ({ state: ref('excluded.state') })))
      .execute()
  for (const keys of batches(left)) await tx.deleteFrom('alert_groups').where('key', 'in', keys).execute()
  for (const rows of batches(deliveries)) await insertDeliveries(tx, rows)
}

const split = <Value>(changes: ReadonlyMap<string, Value | undefined>): [(readonly [string, Value])[], string[]] => {
  const kept = [...changes].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
  return [kept, [...changes.keys()].filter((key) => changes.get(key) === undefined)]
}

function* batches<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH)
}
