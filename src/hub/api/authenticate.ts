import { createApiError } from '../../api/errors.ts'
import { BOOTSTRAP_ID } from './bootstrap-token.ts'
import { BOOTSTRAP, type Principal } from './principal.ts'
import { isSecretOf, parseToken } from './token.ts'

/** The headers that say who somebody is. */
export type Credentials = { readonly authorization?: string | undefined; readonly cookie?: string | undefined }

/** Says who sent a request: nobody where nothing is said, an error where what is said is wrong. */
export type Authenticate = (credentials: Credentials) => Promise<Principal | undefined>

/** What tokens are compared with. */
export type AuthenticateDeps = {
  /** Of the admin token's secret; absent where there is none. */
  readonly bootstrapHash?: string
}

export const createAuthenticate =
  ({ bootstrapHash }: AuthenticateDeps): Authenticate =>
  async ({ authorization }) => {
    if (authorization === undefined) return undefined
    const token = parseToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '')
    if (token?.id === BOOTSTRAP_ID && bootstrapHash !== undefined && isSecretOf(token.secret, bootstrapHash))
      return BOOTSTRAP
    throw createApiError('AUTHENTICATION_FAILED', 'the token is not valid', {
      hint: 'it may have expired or been revoked: ask for a new one, or sign in again',
    })
  }
