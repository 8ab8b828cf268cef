import type { Kysely } from 'kysely'
import type { RevisionStore, StoredRevision } from '../revisions.ts'
import type { Tables } from '../schema.ts'
import { append } from './audit.ts'
import { inTransaction } from './db.ts'
import { startsWith } from './text.ts'

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
  listRevisions: async ({ prefix, before, limit }) => {
    let query = db.selectFrom('revisions').selectAll().orderBy('time', 'desc').orderBy('commit_id', 'desc')
    if (prefix !== undefined) query = query.where(startsWith('commit_id', prefix))
    if (before !== undefined)
      query = query.where((where) =>
        where.or([
          where('time', '<', before.time),
          where.and([where('time', '=', before.time), where('commit_id', '<', before.commit)]),
        ]),
      )
    if (limit !== undefined) query = query.limit(limit)
    return (await query.execute()).map(toRevision)
  },
})

const toRevision = ({ commit_id, trailers, ...rest }: Tables['revisions']): StoredRevision => ({
  ...rest,
  commit: commit_id,
  trailers: JSON.parse(trailers) as string[],
})
