import { type Kysely, sql } from 'kysely'
import { initial } from './migrations/0001-initial.ts'
import { pages } from './migrations/0002-pages.ts'
import { acknowledged } from './migrations/0003-acknowledged.ts'
import { access } from './migrations/0004-access.ts'
import type { Tables } from './schema.ts'

/** A step of the schema. Once released it is never changed: a later one changes what it made. */
export type Migration = { readonly name: string; readonly up: (db: Kysely<Tables>) => Promise<void> }

const MIGRATIONS: readonly Migration[] = [initial, pages, acknowledged, access]

/** Brings the schema to the newest state, each step in a transaction. Gives the names of those that are newer than we are. */
export const migrate = async (db: Kysely<Tables>, now: () => Date): Promise<string[]> => {
  await sql`create table if not exists migrations (name text primary key, time text not null)`.execute(db)
  const rows = await db.selectFrom('migrations').select('name').execute()
  const done = new Set(rows.map(({ name }) => name))
  for (const { name, up } of MIGRATIONS) {
    if (done.has(name)) continue
    await db.transaction().execute(async (transaction) => {
      await up(transaction)
      await transaction.insertInto('migrations').values({ name, time: now().toISOString() }).execute()
    })
  }
  const known = new Set(MIGRATIONS.map(({ name }) => name))
  return [...done].filter((name) => !known.has(name))
}
