import { type Migration, toId } from '../migrate.ts'

/** Alerts, their groups, the outbox and silences. */
export const alerts: Migration = {
  name: '0005-alerts',
  up: async (db, dialect) => {
    const text = 'text'
    await db.schema
      .createTable('alert_cursor')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('alerts')
      .addColumn('key', text, (column) => column.primaryKey())
      .addColumn('alert', text, (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('alert_groups')
      .addColumn('key', text, (column) => column.primaryKey())
      .addColumn('state', text, (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('deliveries')
      .addColumn('id', 'integer', toId(dialect))
      .addColumn('target', text, (column) => column.notNull())
      .addColumn('group_key', text, (column) => column.notNull())
      .addColumn('notification', text, (column) => column.notNull())
      .addColumn('created', text, (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('due', text, (column) => column.notNull())
      .addColumn('state', text, (column) => column.notNull())
      .addColumn('error', text)
      .addColumn('ended', text)
      .execute()
    await db.schema.createIndex('deliveries_next').on('deliveries').columns(['state', 'target', 'group_key']).execute()
    await db.schema
      .createTable('silences')
      .addColumn('id', 'integer', toId(dialect))
      .addColumn('matchers', text, (column) => column.notNull())
      .addColumn('actor', text, (column) => column.notNull())
      .addColumn('reason', text, (column) => column.notNull())
      .addColumn('started', text, (column) => column.notNull())
      .addColumn('until', text, (column) => column.notNull())
      .addColumn('ended', text)
      .execute()
  },
}
