import Type, { type TProperties } from 'typebox'
import { choice, duration, list, object, text } from '../fleet/schema/common.ts'
import { PERMISSIONS } from './access.ts'
import { defineOperations, page, pageQuery } from './operation.ts'

/** Longer than this no token lives. */
export const MAX_LIFETIME = '366d'
export const DEFAULT_LIFETIME = '90d'

const permissions = list('What it may do: some of what its maker may.', choice('A permission.', PERMISSIONS), {
  minItems: 1,
  maxItems: PERMISSIONS.length,
})

const name = Type.String({
  description: 'What it is for.',
  pattern: '^[A-Za-z0-9][-A-Za-z0-9_.@/ ]*$',
  maxLength: 100,
})

const properties = {
  id: text('What it begins with, and is called by.'),
  name,
  actor: text('What the trail calls whoever uses it.'),
  permissions,
  createdBy: text('Who made it.'),
  created: text('When.'),
  expires: text('When it ends by itself.'),
  lastUsed: Type.Optional(text('When it was used last, to the minute.')),
  revoked: Type.Optional(text('When it was revoked.')),
  revokedBy: Type.Optional(text('By whom.')),
} satisfies TProperties

const token = object('An API token, without its secret.', properties)

/** API tokens. */
export const TOKEN_OPERATIONS = defineOperations({
  listTokens: {
    method: 'GET',
    path: '/api/v1/tokens',
    topic: 'tokens',
    summary: 'API tokens, without their secrets.',
    access: 'manage-tokens',
    query: pageQuery({ usable: Type.Optional(Type.Boolean({ description: 'Only those that can be used now.' })) }),
    answer: page('Tokens.', token),
  },
  createToken: {
    method: 'POST',
    path: '/api/v1/tokens',
    topic: 'tokens',
    summary: 'Make an API token. Its text is told in this answer and never again.',
    access: 'manage-tokens',
    body: object('The token to make.', {
      name,
      permissions: Type.Optional(permissions),
      expiresIn: Type.Optional(duration(`How long it lives: ${DEFAULT_LIFETIME} by default, ${MAX_LIFETIME} at most.`)),
    }),
    status: 201,
    answer: object('The token.', { ...properties, token: text('The token itself. Keep it: it is not told again.') }),
  },
  revokeToken: {
    method: 'DELETE',
    path: '/api/v1/tokens/{id}',
    topic: 'tokens',
    summary: 'Revoke an API token, from now on.',
    access: 'manage-tokens',
    params: object('Which token.', {
      id: Type.String({ description: 'Its id.', pattern: '^[a-z0-9]{1,16}$' }),
    }),
    answer: token,
  },
})
