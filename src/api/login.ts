import Type from 'typebox'
import { choice, list, object, text } from '../fleet/schema/common.ts'
import { PERMISSIONS } from './access.ts'
import { defineOperations } from './operation.ts'

/** 256 bits, as RFC 7636 writes them. */
const proof = (description: string) => Type.String({ description, pattern: '^[A-Za-z0-9_-]{43}$' })

/** Signing in and out. */
export const LOGIN_OPERATIONS = defineOperations({
  getLogin: {
    method: 'GET',
    path: '/api/v1/login',
    topic: 'login',
    summary: 'How people sign in here.',
    access: 'public',
    answer: object('How.', {
      browser: Type.Boolean({
        description: 'With a browser, at an identity provider. With a token it is always possible.',
      }),
    }),
  },
  beginLogin: {
    method: 'GET',
    path: '/auth/login',
    topic: 'login',
    summary: 'Sign in with a browser: leads to the identity provider.',
    access: 'public',
    isLogin: true,
    query: object('Where to go afterwards.', {
      return: Type.Optional(
        Type.String({
          description: 'A path of the hub. By default /api/v1/me.',
          pattern: '^/([A-Za-z0-9_.~-][A-Za-z0-9_.~/?&=%-]*)?$',
          maxLength: 500,
        }),
      ),
    }),
    answer: 'raw',
  },
  beginCliLogin: {
    method: 'GET',
    path: '/auth/cli',
    topic: 'login',
    summary:
      'Sign a command line in with a browser: leads to the identity provider, and from there to a port of the same machine.',
    access: 'public',
    isLogin: true,
    query: object('Who is waiting.', {
      port: Type.Integer({ description: 'The port of 127.0.0.1 that waits.', minimum: 1024, maximum: 65_535 }),
      state: proof('What the one who waits recognises its own answer by.'),
      challenge: proof('SHA-256 of what only the one who waits knows (RFC 7636).'),
    }),
    answer: 'raw',
  },
  finishLogin: {
    method: 'GET',
    path: '/auth/callback',
    topic: 'login',
    summary: 'Where the identity provider sends browsers back to; it is verified with the provider.',
    access: 'verified',
    isLogin: true,
    answer: 'raw',
  },
  exchangeLogin: {
    method: 'POST',
    path: '/api/v1/login',
    topic: 'login',
    summary: 'Take the token of a command line that was signed in: once, within a minute, by whoever began it.',
    access: 'verified',
    isLogin: true,
    body: object('Who began it.', {
      code: proof('What came to the port.'),
      verifier: proof('What `challenge` was made of.'),
    }),
    answer: object('The token.', {
      token: text('A token that ends by itself.'),
      name: text('What the trail calls you.'),
      permissions: list('What you may do.', choice('A permission.', PERMISSIONS)),
      expires: text('When it ends.'),
    }),
  },
  logout: {
    method: 'POST',
    path: '/auth/logout',
    topic: 'login',
    summary: 'End the session, or revoke the token, that this is sent with.',
    access: 'signed-in',
    answer: 'nothing',
  },
})
