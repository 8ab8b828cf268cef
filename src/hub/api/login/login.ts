import { createHash } from 'node:crypto'
import { type Permission, ROLE_PERMISSIONS, type Role } from '../../../api/access.ts'
import { createApiError } from '../../../api/errors.ts'
import { issueToken } from '../../../api/issue-token.ts'
import { createSecret, hashSecret, isSecretOf } from '../../../api/token.ts'
import type { Clock } from '../../../base/clock.ts'
import { isLockstepError, toError } from '../../../base/errors.ts'
import type { Store } from '../../../store/store.ts'
import { type Cookie, formatCookie, readCookies } from '../cookies.ts'
import type { LoginChecks, Oidc } from './oidc.ts'
import { createOnce } from './once.ts'
import { createSeal } from './seal.ts'

/** A command line that waits on the browser's machine. */
export type WaitingCli = { readonly port: number; readonly state: string; readonly challenge: string }

/** Where a browser goes next, and what it takes along. */
export type Redirect = { readonly location: string; readonly cookies: readonly string[] }

/** The token of a command line that was signed in. */
export type CliLogin = {
  readonly token: string
  readonly name: string
  readonly permissions: readonly Permission[]
  readonly expires: string
}

/** Signing in with a browser. */
export type Login = {
  readonly begin: (what: { readonly returnTo: string; readonly cli?: WaitingCli }) => Promise<Redirect>
  readonly finish: (request: {
    readonly query: string
    readonly cookie: string | undefined
    readonly address: string
  }) => Promise<Redirect>
  /** The token for whoever began with `challenge` (`LOGIN_FAILED`). */
  readonly exchange: (proof: { code: string; verifier: string }, address: string) => Promise<CliLogin>
  /** What takes a session out of a browser. */
  readonly dropCookies: () => readonly string[]
}

/** What signing in is made of. */
export type LoginDeps = {
  readonly oidc: Oidc
  readonly store: Store
  readonly clock: Clock
  readonly publicUrl: string
  readonly sessionLifetimeMs: number
  readonly sessionIdleMs: number
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
}

/** What is kept with the browser meanwhile. */
type Begun = LoginChecks & { readonly returnTo: string; readonly cli?: WaitingCli; readonly until: number }
type SignedIn = { readonly name: string; readonly role: Role }

const LOGIN = 'lockstep_login'
const SESSION = 'lockstep_session'
/** So long somebody may take to sign in. */
const BEGUN_S = 600
const CODE_MS = 60_000

export const createLogin = (deps: LoginDeps): Login => {
  const { oidc, store, clock, publicUrl, sessionLifetimeMs, sessionIdleMs } = deps
  const isSecure = new URL(publicUrl).protocol === 'https:'
  const seal = createSeal()
  /** States that came back. */
  const used = createOnce<true>(BEGUN_S * 1_000, clock)
  const codes = createOnce<SignedIn & { readonly challenge: string }>(CODE_MS, clock)
  const now = (): string => clock.now().toISOString()
  const cookie = (rest: Pick<Cookie, 'name' | 'value' | 'maxAgeS'>): string => formatCookie({ ...rest, isSecure })

  const openBegun = (header: string | undefined, query: URLSearchParams): Begun | undefined => {
    for (const text of readCookies(header, LOGIN)) {
      const opened = seal.open(text) as Begun | undefined
      if (!opened || opened.until < clock.now().getTime() || opened.state !== query.get('state')) continue
      const isUsed = used.take(opened.state) === true
      used.put(opened.state, true)
      if (!isUsed) return opened
    }
    return undefined
  }

  const refuse = async (reason: string, actor: string, address: string): Promise<void> => {
    const data = { reason, address }
    await store.appendAudit([{ time: now(), type: 'login.failed', actor, subject: actor, data }])
  }

  /** Who came back; refusals are recorded. */
  const identify = async (query: string, checks: LoginChecks, address: string): Promise<SignedIn> => {
    try {
      const { name, role } = await oidc.finish(
        new URL(`${publicUrl.replace(/\/+$/, '')}/auth/callback${query}`),
        checks,
      )
      if (role !== undefined) return { name, role }
      await refuse('none of the groups has a role', name, address)
      throw createApiError('PERMISSION_DENIED', `${name} is in no group that has a role here`, { subject: name })
    } catch (error) {
      if (!isLockstepError(error, 'LOGIN_FAILED')) throw error
      const { message } = toError(error.cause)
      deps.log('warn', 'somebody could not sign in', { reason: message })
      await refuse('the identity provider did not confirm it', 'unknown', address)
      throw error
    }
  }

  const openSession = async ({ name, role }: SignedIn, address: string): Promise<string> => {
    const unusedSince = new Date(clock.now().getTime() - sessionIdleMs).toISOString()
    await store.forgetSessions({ expiredAt: now(), unusedSince })
    const secret = createSecret()
    const expires = new Date(clock.now().getTime() + sessionLifetimeMs).toISOString()
    const session = { hash: hashSecret(secret), actor: name, role, created: now(), lastUsed: now(), expires }
    await store.createSession(session, { address })
    return cookie({ name: SESSION, value: secret, maxAgeS: Math.floor(sessionLifetimeMs / 1_000) })
  }

  return {
    begin: async ({ returnTo, cli }) => {
      const checks = { state: createSecret(), nonce: createSecret(), verifier: createSecret() }
      const location = await oidc.begin(checks)
      const until = clock.now().getTime() + BEGUN_S * 1_000
      const value = seal.close({ ...checks, returnTo, until, ...(cli ? { cli } : {}) } satisfies Begun)
      return { location, cookies: [cookie({ name: LOGIN, value, maxAgeS: BEGUN_S })] }
    },
    finish: async ({ query, cookie: header, address }) => {
      const known = openBegun(header, new URLSearchParams(query))
      const dropped = cookie({ name: LOGIN, value: '', maxAgeS: 0 })
      if (!known)
        throw createApiError('LOGIN_FAILED', 'this browser did not begin to sign in here, or too long ago', {
          hint: 'begin again: a link of this kind works once, in the browser that it was made for',
        })
      const { cli, returnTo } = known
      if (!cli) {
        const person = await identify(query, known, address)
        return {
          location: `${new URL(publicUrl).pathname.replace(/\/+$/, '')}${returnTo}`,
          cookies: [dropped, await openSession(person, address)],
        }
      }
      try {
        const code = createSecret()
        codes.put(hashSecret(code), { ...(await identify(query, known, address)), challenge: cli.challenge })
        return { location: toLoopback(cli, { code }), cookies: [dropped] }
      } catch (error) {
        if (!isLockstepError(error)) throw error
        return { location: toLoopback(cli, { error: error.message }), cookies: [dropped] }
      }
    },
    exchange: async ({ code, verifier }, address) => {
      const found = codes.take(hashSecret(code))
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      if (!found || !isSecretOf(challenge, hashSecret(found.challenge)))
        throw createApiError('LOGIN_FAILED', 'there is no such login, or it was taken already', {
          hint: 'run lockstep login again',
        })
      const { name, role } = found
      const data = { role, address, by: 'lockstep login' }
      await store.appendAudit([{ time: now(), type: 'login.succeeded', actor: name, subject: name, data }])
      const { token, stored } = await issueToken(store, {
        name: `login of ${name}`,
        actor: name,
        permissions: ROLE_PERMISSIONS[role],
        lifetimeMs: sessionLifetimeMs,
        by: { actor: name, time: now() },
        address,
      })
      return { token, name, permissions: ROLE_PERMISSIONS[role], expires: stored.expires }
    },
    dropCookies: () => [cookie({ name: SESSION, value: '', maxAgeS: 0 })],
  }
}

/** The only place outside of the hub that browsers are sent to: a port of their own machine. */
const toLoopback = ({ port, state }: WaitingCli, answer: { code: string } | { error: string }): string =>
  `http://127.0.0.1:${port}/?${new URLSearchParams({ state, ...answer })}`
