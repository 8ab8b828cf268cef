import type { Kysely, Selectable } from 'kysely'
import type { AuditEvent } from '../../audit/record.ts'
import type { AccessStore, StoredSession, StoredToken } from '../access.ts'
import type { Tables } from '../schema.ts'
import { append } from './audit.ts'
import { inTransaction } from './db.ts'

/** Tokens and sessions in a database. */
export const createAccessStore = (db: Kysely<Tables>): AccessStore => ({
  createToken: (token, details) =>
    inTransaction(db, async (tx) => {
      const { permissions, createdBy, lastUsed: _, revoked: __, revokedBy: ___, ...rest } = token
      await tx
        .insertInto('tokens')
        .values({ ...rest, permissions: JSON.stringify(permissions), created_by: createdBy })
        .execute()
      await append(tx, [toTokenEvent('token.created', token, { actor: createdBy, time: token.created }, details)])
    }),
  getToken: async (id) => {
    const row = await db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst()
    return row && toToken(row)
  },
  listTokens: async ({ after, usableAt, limit }) => {
    let query = db.selectFrom('tokens').selectAll().orderBy('id')
    if (after !== undefined) query = query.where('id', '>', after)
    if (usableAt !== undefined) query = query.where('revoked', 'is', null).where('expires', '>', usableAt)
    if (limit !== undefined) query = query.limit(limit)
    return (await query.execute()).map(toToken)
  },
  revokeToken: (id, { actor, time }) =>
    inTransaction(db, async (tx) => {
      const row = await tx.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row || row.revoked !== null) return row && toToken(row)
      const revoked = { revoked: time, revoked_by: actor }
      await tx.updateTable('tokens').set(revoked).where('id', '=', id).execute()
      await append(tx, [toTokenEvent('token.revoked', toToken(row), { actor, time }, {})])
      return toToken({ ...row, ...revoked })
    }),
  noteTokenUse: async (id, time) => {
    await db.updateTable('tokens').set({ last_used: time }).where('id', '=', id).execute()
  },
  createSession: (session, { address }) =>
    inTransaction(db, async (tx) => {
      const { lastUsed, ...rest } = session
      await tx
        .insertInto('sessions')
        .values({ ...rest, last_used: lastUsed })
        .execute()
      const { actor, role, expires } = session
      await append(tx, [
        { time: session.created, type: 'login.succeeded', actor, subject: actor, data: { role, address, expires } },
      ])
    }),
  getSession: async (hash) => {
    const row = await db.selectFrom('sessions').selectAll().where('hash', '=', hash).executeTakeFirst()
    return row && toSession(row)
  },
  noteSessionUse: async (hash, time) => {
    await db.updateTable('sessions').set({ last_used: time }).where('hash', '=', hash).execute()
  },
  endSession: (hash, { actor, time }) =>
    inTransaction(db, async (tx) => {
      await tx.deleteFrom('sessions').where('hash', '=', hash).execute()
      await append(tx, [{ time, type: 'logout', actor, subject: actor, data: {} }])
    }),
  forgetSessions: async ({ expiredAt, unusedSince }) => {
    await db
      .deleteFrom('sessions')
      .where((where) => where.or([where('expires', '<=', expiredAt), where('last_used', '<', unusedSince)]))
      .execute()
  },
})

const toTokenEvent = (
  type: string,
  { id, name, actor: of, permissions, expires }: StoredToken,
  { actor, time }: { readonly actor: string; readonly time: string },
  details: { readonly address?: string },
): AuditEvent => ({
  ...{ time, type, actor, subject: id },
  data: { name, actor: of, permissions, expires, ...details },
})

const toToken = (row: Selectable<Tables['tokens']>): StoredToken => {
  const { permissions, created_by, last_used, revoked, revoked_by, ...rest } = row
  return {
    ...rest,
    permissions: JSON.parse(permissions) as string[],
    createdBy: created_by,
    ...(last_used === null ? {} : { lastUsed: last_used }),
    ...(revoked === null ? {} : { revoked }),
    ...(revoked_by === null ? {} : { revokedBy: revoked_by }),
  }
}

const toSession = ({ last_used, ...rest }: Selectable<Tables['sessions']>): StoredSession => ({
  ...rest,
  lastUsed: last_used,
})
