import { createApiError, createNotFound } from '../../api/errors.ts'
import { issueToken } from '../../api/issue-token.ts'
import { type AnswerOf, DEFAULT_PAGE } from '../../api/operation.ts'
import { DEFAULT_LIFETIME, MAX_LIFETIME, type TOKEN_OPERATIONS } from '../../api/tokens.ts'
import { parseDuration } from '../../base/duration.ts'
import type { StoredToken } from '../../store/access.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { Handlers } from './handler.ts'

type Token = AnswerOf<(typeof TOKEN_OPERATIONS)['revokeToken']>

export const TOKEN_HANDLERS: Handlers<typeof TOKEN_OPERATIONS> = {
  listTokens: async ({ query: { cursor, usable, limit = DEFAULT_PAGE }, by }, { store }) => {
    const found = await store.listTokens({
      after: decodeCursor<string>('listTokens', cursor, ''),
      limit: limit + 1,
      ...(usable ? { usableAt: by.time } : {}),
    })
    return toPage('listTokens', found.map(toToken), limit, ({ id }) => id)
  },
  createToken: async ({ body, principal, by, address }, { store }) => {
    const { name, permissions = ['read'], expiresIn = DEFAULT_LIFETIME } = body
    const missing = permissions.filter((one) => !principal.permissions.has(one))
    if (missing.length > 0)
      throw createApiError('PERMISSION_DENIED', `${principal.name} cannot give away what it has not: ${missing}`)
    const lifetimeMs = parseDuration(expiresIn)
    if (lifetimeMs <= 0 || lifetimeMs > parseDuration(MAX_LIFETIME))
      throw createApiError('REQUEST_INVALID', `a token lives longer than 0s and ${MAX_LIFETIME} at most`)
    const { token, stored } = await issueToken(store, { name, permissions, lifetimeMs, by, address })
    return { ...toToken(stored), token }
  },
  revokeToken: async ({ params: { id }, by }, { store }) => {
    const token = await store.revokeToken(id, by)
    if (!token) throw createNotFound('token', id)
    return toToken(token)
  },
}

const toToken = ({ hash: _, ...rest }: StoredToken): Token => rest as Token
