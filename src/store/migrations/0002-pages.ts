import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** What is asked for by page, and by commit, is found without reading all of it. */
export const pages: Migration = {
  name: '0002-pages',
  up: async (db) => {
    await db.schema
      .createIndex('findings_now')
      .on('findings')
      .column('id')
      .where(sql.ref('closed'), 'is', null)
      .execute()
    await db.schema.createIndex('changes_revision').on('changes').columns(['revision', 'id']).execute()
    await db.schema.createIndex('audit_cluster').on('audit').columns(['cluster', 'seq']).execute()
    await db.schema.createIndex('revisions_time').on('revisions').columns(['time', 'commit_id']).execute()
  },
}
