import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'
import { initial } from './migrations/0001-initial.ts'
import { pages } from './migrations/0002-pages.ts'
import { acknowledged } from './migrations/0003-acknowledged.ts'
import { access } from './migrations/0004-access.ts'
import { alerts } from './migrations/0005-alerts.ts'
import { inventories } from './migrations/0006-inventories.ts'
import type { Tables } from './schema.ts'

/** The databases that the schema is made in. */
export type Dialect = 'sqlite' | 'postgres'

/** A step of the schema. Once released it is never changed: a later one changes what it made. */
export type Migration = { readonly name: string; readonly up: (db: Kysely<Tables>, dialect: Dialect) => Promise<void> }

/** A number that the database gives a row, and never again: the one thing that the two write in different ways. */
export const toId =
  (dialect: Dialect) =>
  (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
    dialect === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity()

const MIGRATIONS: readonly Migration[] = [initial, pages, acknowledged, access, alerts, inventories]

/** Brings the schema to the newest state, each step in a transaction. Gives the names of those that are newer than we are. */
export const migrate = async (db: Kysely<Tables>, dialect: Dialect, now: () => Date): Promise<string[]> => {
  await sql`create table if not exists migrations (name text primary key, time text not null)`.execute(db)
  const rows = await db.selectFrom('migrations').select('name').execute()
  const done = new Set(rows.map(({ name }) => name))
  for (const { name, up } of MIGRATIONS) {
    if (done.has(name)) continue
    await db.transaction().execute(async (transaction) => {
      await up(transaction, dialect)
      await transaction.insertInto('migrations').values({ name, time: now().toISOString() }).execute()
    })
  }
  const known = new Set(MIGRATIONS.map(({ name }) => name))
  return [...done].filter((name) => !known.has(name))
}
