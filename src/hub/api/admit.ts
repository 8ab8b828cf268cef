import type { FastifyRequest } from 'fastify'
import type { Access } from '../../api/access.ts'
import { createApiError } from '../../api/errors.ts'
import type { Clock } from '../../base/clock.ts'
import type { AuditStore } from '../../store/audit-trail.ts'
import type { Authenticate, Identity } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { isOwnOrigin } from './own-origin.ts'
import type { Principal } from './principal.ts'
import { createRateLimiter, type Rate, toAddressKey } from './rate-limit.ts'

/** How much is too much. */
export type Limits = {
  /** Requests of one who is known. */
  readonly principal: Rate
  /** Requests from one address. */
  readonly address: Rate
  /** Wrong credentials from one address, and all of them. */
  readonly refused: Rate
  readonly refusedInAll: Rate
  /** Steps of signing in, from one address. */
  readonly login: Rate
}

export const LIMITS: Limits = {
  principal: { burst: 1_000, perSecond: 200 },
  address: { burst: 2_000, perSecond: 500 },
  refused: { burst: 10, perSecond: 0.2 },
  refusedInAll: { burst: 100, perSecond: 2 },
  login: { burst: 20, perSecond: 0.5 },
}

/** What lets requests in. */
export type AdmitDeps = {
  readonly authenticate: Authenticate
  readonly store: Pick<AuditStore, 'appendAudit'>
  readonly clock: Clock
  /** Where browsers reach the hub; by default where they say that they do. */
  readonly publicUrl?: string
  readonly limits?: Limits
}

/** What of a route counts here. */
export type RouteRules = { readonly access?: Access; readonly isLogin?: boolean; readonly operation?: string }

/** Who watches over the hub has to hear that it is well when somebody else asks too much, and webhooks come in bursts. */
const UNCOUNTED = new Set(['getHealth', 'getReadiness', 'notePush', 'noteAuditEvents'])

/** Lets a request in, and says who sent it; throws where it does not. The one way to any route. */
export const createAdmit = (deps: AdmitDeps) => {
  const { authenticate, store, clock, limits = LIMITS } = deps
  const limiters = {
    principal: createRateLimiter(limits.principal, clock),
    address: createRateLimiter(limits.address, clock),
    refused: createRateLimiter(limits.refused, clock),
    refusedInAll: createRateLimiter(limits.refusedInAll, clock),
    login: createRateLimiter(limits.login, clock),
  }
  const take = (limiter: keyof Limits, key: string): void => {
    const waitMs = limiters[limiter].take(key)
    if (waitMs > 0) throw createTooMany(waitMs)
  }

  /** Wrong credentials stand in the trail, but whoever sends many does not fill it. */
  const refuse = async (
    { reason, subject }: Extract<Identity, { type: 'refused' }>,
    { ip, method, url }: FastifyRequest,
  ): Promise<never> => {
    take('refused', toAddressKey(ip))
    take('refusedInAll', '')
    await store.appendAudit([
      {
        time: clock.now().toISOString(),
        type: 'login.failed',
        actor: 'unknown',
        subject: subject ?? 'api',
        data: { reason, address: ip, method, path: url.split('?')[0] as string },
      },
    ])
    throw createApiError('AUTHENTICATION_FAILED', 'the token or session is not valid', {
      hint: 'it may have expired or been revoked: ask for a new one, or sign in again',
    })
  }

  return async (
    request: FastifyRequest,
    { access, isLogin, operation = '' }: RouteRules,
  ): Promise<Principal | undefined> => {
    if (!UNCOUNTED.has(operation)) take('address', toAddressKey(request.ip))
    if (isLogin) take('login', toAddressKey(request.ip))
    // What is open takes no credentials of ours: webhooks bring others in the same header.
    if (authorize(access, undefined) === 'allowed') return undefined
    const identity = await authenticate(request.headers)
    if (identity.type === 'refused') return refuse(identity, request)
    const principal = identity.type === 'known' ? identity.principal : undefined
    const verdict = authorize(access, principal)
    if (verdict === 'unknown' || !principal)
      throw createApiError('AUTHENTICATION_REQUIRED', 'say who you are: send a token, or sign in')
    take('principal', principal.key)
    if (verdict === 'denied')
      throw createApiError('PERMISSION_DENIED', `${principal.name} has not the permission ${access}`)
    assertOwnPage(request, principal)
    return principal
  }

  /** A browser sends its session with every request to us, whichever page makes it. */
  function assertOwnPage({ method, headers, protocol, host }: FastifyRequest, { by }: Principal): void {
    if (by !== 'session' || method === 'GET' || method === 'HEAD') return
    const { origin } = headers
    const isOwn =
      origin === undefined
        ? headers['x-lockstep-csrf'] !== undefined
        : isOwnOrigin(origin, deps.publicUrl ?? `${protocol}://${host}`)
    if (!isOwn)
      throw createApiError('ORIGIN_REFUSED', 'a session writes from pages of the hub alone', {
        hint: 'use a token, or send the header x-lockstep-csrf',
      })
  }
}

const createTooMany = (waitMs: number) =>
  createApiError('RATE_LIMITED', 'that is too much at once', {
    hint: `try again in ${Math.ceil(waitMs / 1_000)} s`,
    retry: 'transient',
    details: { retryAfterS: Math.ceil(waitMs / 1_000) },
  })
