import type { Kysely } from 'kysely'
import type { RevisionStore, StoredRevision } from '../revisions.ts'
import type { Tables } from '../schema.ts'
import { append } from './audit.ts'
import { inTransaction } from './db.ts'

/** Commits in a database. */
export const createRevisionStore = (db: Kysely<Tables>): RevisionStore => ({
  saveRevision: (revision, { actor, time }) =>
    inTransaction(db, async (tx) => {
      const { commit, trailers, ...rest } = revision
      const known = await tx
        .selectFrom('revisions')
        .select('commit_id')
        .where('commit_id', '=', commit)
        .executeTakeFirst()
      if (known) return false
      await tx
        .insertInto('revisions')
        .values({ commit_id: commit, ...rest, trailers: JSON.stringify(trailers) })
        .execute()
      const data = { ...rest, trailers }
      await append(tx, [{ time, type: 'revision.seen', actor, subject: commit, revision: commit, data }])
      return true
    }),
  getRevision: async (commit) => {
    const row = await db.selectFrom('revisions').selectAll().where('commit_id', '=', commit).executeTakeFirst()
    return row && toRevision(row)
  },
})

const toRevision = ({ commit_id, trailers, ...rest }: Tables['revisions']): StoredRevision => ({
  ...rest,
  commit: commit_id,
  trailers: JSON.parse(trailers) as string[],
})
