import { type Kysely, sql } from 'kysely'
import type { Tables } from './schema.ts'

/** A step of the schema. Once released it is never changed: a later one changes what it made. */
type Migration = { readonly name: string; readonly up: (db: Kysely<Tables>) => Promise<void> }

const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-initial',
    up: async (db) => {
      const text = 'text'
      await db.schema
        .createTable('clusters')
        .addColumn('name', text, (column) => column.primaryKey())
        .addColumn('target', text)
        .addColumn('applied', text)
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('message', text)
        .addColumn('objects', 'integer', (column) => column.notNull())
        .addColumn('seen', text, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('revisions')
        .addColumn('commit_id', text, (column) => column.primaryKey())
        .addColumn('time', text, (column) => column.notNull())
        .addColumn('author', text, (column) => column.notNull())
        .addColumn('committer', text, (column) => column.notNull())
        .addColumn('committed', text, (column) => column.notNull())
        .addColumn('subject', text, (column) => column.notNull())
        .addColumn('signature', text, (column) => column.notNull())
        .addColumn('trailers', text, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('findings')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('cluster', text, (column) => column.notNull())
        .addColumn('component', text, (column) => column.notNull())
        .addColumn('object', text, (column) => column.notNull())
        .addColumn('field', text, (column) => column.notNull())
        .addColumn('drift', text, (column) => column.notNull())
        .addColumn('severity', text, (column) => column.notNull())
        .addColumn('owner', text)
        .addColumn('manager', text)
        .addColumn('actor', text)
        .addColumn('changed', text)
        .addColumn('first_seen', text, (column) => column.notNull())
        .addColumn('last_seen', text, (column) => column.notNull())
        .addColumn('closed', text)
        .addColumn('closed_by', text)
        .addColumn('finding', text, (column) => column.notNull())
        .execute()
      await db.schema.createIndex('findings_open').on('findings').columns(['cluster', 'closed', 'object']).execute()
      await db.schema.createIndex('findings_seen').on('findings').column('first_seen').execute()
      await db.schema
        .createTable('changes')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('cluster', text, (column) => column.notNull())
        .addColumn('revision', text, (column) => column.notNull())
        .addColumn('started', text, (column) => column.notNull())
        .addColumn('ended', text)
        .addColumn('result', text)
        .addColumn('planned', text, (column) => column.notNull())
        .addColumn('outcomes', text)
        .execute()
      await db.schema.createIndex('changes_cluster').on('changes').columns(['cluster', 'started']).execute()
      await db.schema
        .createTable('suspensions')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('cluster', text)
        .addColumn('component', text)
        .addColumn('actor', text, (column) => column.notNull())
        .addColumn('reason', text, (column) => column.notNull())
        .addColumn('started', text, (column) => column.notNull())
        .addColumn('until', text, (column) => column.notNull())
        .addColumn('ended', text)
        .execute()
      await db.schema
        .createTable('audit')
        .addColumn('seq', 'integer', (column) => column.primaryKey())
        .addColumn('time', text, (column) => column.notNull())
        .addColumn('cluster', text)
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('record', text, (column) => column.notNull())
        .execute()
      await db.schema.createIndex('audit_time').on('audit').column('time').execute()
      await db.schema
        .createTable('checkpoints')
        .addColumn('seq', 'integer', (column) => column.primaryKey())
        .addColumn('checkpoint', text, (column) => column.notNull())
        .execute()
    },
  },
]

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
