import { PERMISSIONS, type Permission, ROLE_PERMISSIONS, type Role } from '../../api/access.ts'
import { createSecret, hashSecret, isSecretOf, parseToken } from '../../api/token.ts'
import type { Clock } from '../../base/clock.ts'
import type { AccessStore } from '../../store/access.ts'
import { BOOTSTRAP_ID } from './bootstrap-token.ts'
import { readCookies } from './cookies.ts'
import { BOOTSTRAP, type Principal } from './principal.ts'

/** The headers that say who somebody is. */
export type Credentials = { readonly authorization?: string | undefined; readonly cookie?: string | undefined }

/** What comes of credentials. Why they are refused is for the trail: whoever sent them is not told. */
export type Identity =
  | { readonly type: 'nobody' }
  | { readonly type: 'known'; readonly principal: Principal }
  | { readonly type: 'refused'; readonly reason: string; readonly subject?: string }

/** Says who sent a request. `isUse: false` looks again at whom it let in before, and keeps no session awake. */
export type Authenticate = (credentials: Credentials, options?: { readonly isUse?: boolean }) => Promise<Identity>

/** What credentials are compared with. */
export type AuthenticateDeps = {
  readonly store: AccessStore
  readonly clock: Clock
  /** Of the admin token's secret; absent where there is none. */
  readonly bootstrapHash?: string
  /** A session that was not used for so long is over. */
  readonly sessionIdleMs: number
}

/** Uses are noted to the minute: not each request writes. */
const NOTED_MS = 60_000
/** Compared with where there is no token of the id, so that it takes as long. */
const NOBODYS_HASH = hashSecret(createSecret())

export const createAuthenticate = (deps: AuthenticateDeps): Authenticate => {
  const { store, clock, bootstrapHash, sessionIdleMs } = deps
  const isStale = (used: string | undefined, now: Date): boolean =>
    used === undefined || now.getTime() - Date.parse(used) >= NOTED_MS

  const byToken = async (authorization: string, isUse: boolean): Promise<Identity> => {
    const token = parseToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '')
    if (!token) return { type: 'refused', reason: 'it is no token' }
    const { id, secret } = token
    if (id === BOOTSTRAP_ID)
      return bootstrapHash !== undefined && isSecretOf(secret, bootstrapHash)
        ? { type: 'known', principal: BOOTSTRAP }
        : { type: 'refused', reason: 'it is not the token of the data folder', subject: id }
    const stored = await store.getToken(id)
    const isRight = isSecretOf(secret, stored?.hash ?? NOBODYS_HASH)
    if (!stored || !isRight) return { type: 'refused', reason: 'there is no such token', subject: id }
    const now = clock.now()
    if (stored.revoked !== undefined) return { type: 'refused', reason: 'the token is revoked', subject: id }
    if (Date.parse(stored.expires) <= now.getTime())
      return { type: 'refused', reason: 'the token has expired', subject: id }
    if (isUse && isStale(stored.lastUsed, now)) await store.noteTokenUse(id, now.toISOString())
    const permissions = new Set(PERMISSIONS.filter((one) => stored.permissions.includes(one)))
    return {
      type: 'known',
      principal: { name: stored.actor, by: 'token', key: id, permissions, expires: stored.expires },
    }
  }

  const bySession = async (cookie: string, isUse: boolean): Promise<Identity> => {
    const hash = hashSecret(cookie)
    const session = await store.getSession(hash)
    const now = clock.now()
    const isOver =
      !session ||
      Date.parse(session.expires) <= now.getTime() ||
      now.getTime() - Date.parse(session.lastUsed) > sessionIdleMs
    if (isOver) return { type: 'refused', reason: 'the session is over' }
    if (isUse && isStale(session.lastUsed, now)) await store.noteSessionUse(hash, now.toISOString())
    const permissions = new Set<Permission>(ROLE_PERMISSIONS[session.role as Role] ?? [])
    return {
      type: 'known',
      principal: { name: session.actor, by: 'session', key: hash, permissions, expires: session.expires },
    }
  }

  return async ({ authorization, cookie }, { isUse = true } = {}) => {
    // A token counts alone: what a browser sends along makes a wrong one no better.
    if (authorization !== undefined) return byToken(authorization, isUse)
    const [session] = readCookies(cookie, 'lockstep_session')
    return session === undefined ? { type: 'nobody' } : bySession(session, isUse)
  }
}
