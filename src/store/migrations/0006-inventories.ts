import type { Migration } from '../migrate.ts'

/** What is on clusters, component by component and object by object. */
export const inventories: Migration = {
  name: '0006-inventories',
  up: async (db) => {
    await db.schema
      .createTable('components')
      .addColumn('cluster', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('owner', 'text')
      .addColumn('source', 'text')
      .addColumn('digest', 'text')
      .addColumn('revision', 'text')
      .addColumn('applied', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('message', 'text')
      .addColumn('objects', 'integer', (column) => column.notNull())
      .addColumn('fingerprints', 'text', (column) => column.notNull())
      .addColumn('time', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('components_key', ['cluster', 'name'])
      .execute()
    await db.schema
      .createTable('fingerprints')
      .addColumn('cluster', 'text', (column) => column.notNull())
      .addColumn('component', 'text', (column) => column.notNull())
      .addColumn('object', 'text', (column) => column.notNull())
      .addColumn('uid', 'text', (column) => column.notNull())
      .addColumn('resource_version', 'text', (column) => column.notNull())
      .addColumn('generation', 'integer')
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('revision', 'text', (column) => column.notNull())
      .addColumn('time', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('fingerprints_key', ['cluster', 'component', 'object'])
      .execute()
  },
}
