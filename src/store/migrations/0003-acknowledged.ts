import type { Migration } from '../migrate.ts'

/** Who said that he knows of a finding. */
export const acknowledged: Migration = {
  name: '0003-acknowledged',
  up: async (db) => {
    await db.schema.alterTable('findings').addColumn('acknowledged', 'text').execute()
  },
}
