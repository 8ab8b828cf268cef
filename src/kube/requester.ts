import { X509Certificate } from 'node:crypto'
import { computeBackoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { formatDuration } from '../base/duration.ts'
import { isLockstepError, type LockstepError, toError } from '../base/errors.ts'
import type { Pool } from '../base/pool.ts'
import type { Impersonation } from './client.ts'
import type { ClusterAccess, Credentials } from './cluster-access.ts'
import { createKubeError, toRetry } from './errors.ts'
import { type Asked, parseStatus, toStatusError } from './status-error.ts'
import type { HttpHeaders, HttpRequest, HttpResponse, HttpStream, Transport } from './transport.ts'

/** The world of a client. */
export type KubeClientDeps = {
  readonly clock: Clock
  /** Chance for jitter, from 0 up to 1. */
  readonly random: () => number
  readonly userAgent?: string
  /** What clients of servers that are alike hold together. */
  readonly pool?: Pool
}

/** A request, what it is for, and whether sending it twice does no harm. */
export type KubeRequest = Omit<HttpRequest, 'headers'> & {
  readonly accept?: string
  readonly contentType?: string
  readonly asked: Asked
  readonly repeatable: boolean
  /** Answers that are not errors to the caller, besides 2xx. */
  readonly expect?: readonly number[]
}

/** Requests with credentials, retries and typed errors. */
export type Requester = {
  readonly send: (request: KubeRequest) => Promise<HttpResponse>
  /** As `send`, but the body of a good answer comes as it is sent. */
  readonly stream: (request: KubeRequest, idleTimeoutMs: number) => Promise<HttpStream>
  readonly requestCount: () => number
  /** The same, as somebody else. */
  readonly impersonate: (who: Impersonation) => Requester
}

const MAX_RETRIES = 5
const MAX_RETRY_AFTER_MS = 30_000
const BACKOFF = { initialMs: 100, maxMs: 5_000 }

/** A {@link Requester} on connections. */
export const createRequester = (access: ClusterAccess, transport: Transport, deps: KubeClientDeps): Requester => {
  let count = 0

  /** One answer: renewed credentials, asked-for retries and lost connections are behind it. */
  const attempt = async <Answer extends { readonly status: number; readonly headers: HttpHeaders }>(
    request: KubeRequest,
    headers: Readonly<Record<string, string | string[]>>,
    exchange: (request: HttpRequest, credentials: Credentials) => Promise<Answer>,
    readText: (answer: Answer) => Promise<string>,
  ): Promise<Answer> => {
    const http: HttpRequest = { ...request, headers }
    const callOptions = request.signal ? { signal: request.signal } : {}
    let credentials = await access.getCredentials(callOptions)
    let isRenewed = false
    for (let retries = 0; ; retries++) {
      request.signal?.throwIfAborted()
      let waitMs = computeBackoff(retries, deps.random, BACKOFF)
      try {
        count++
        const answer = await exchange(http, credentials)
        if (answer.status < 300 || request.expect?.includes(answer.status)) return answer
        const body = await readText(answer)
        if (answer.status === 401) {
          const renewed = isRenewed ? credentials : await access.getCredentials({ ...callOptions, renew: true })
          if (renewed === credentials) throw toUnauthorizedError(credentials, body, request.asked, deps.clock)
          credentials = renewed
          isRenewed = true
          continue
        }
        const retryAfterMs = readRetryAfter(answer.status, answer.headers, body)
        if (retryAfterMs === undefined || retries >= MAX_RETRIES)
          throw toStatusError(answer.status, body, request.asked)
        waitMs = Math.max(waitMs, retryAfterMs)
      } catch (error) {
        request.signal?.throwIfAborted()
        if (!isConnectionError(error)) throw error
        if (!(request.repeatable && isLostConnection(error) && retries < MAX_RETRIES)) {
          throw toConnectionError(error, access, request.asked)
        }
      }
      await deps.clock.sleep(waitMs, callOptions)
    }
  }

  const createFor = (who: Impersonation | undefined): Requester => {
    const shared = { ...toImpersonationHeaders(who), 'user-agent': deps.userAgent ?? 'lockstep' }
    const toHeaders = ({ accept, contentType }: KubeRequest, packed: boolean): Record<string, string | string[]> => ({
      ...shared,
      accept: accept ?? 'application/json',
      ...(contentType ? { 'content-type': contentType } : {}),
      ...(packed ? { 'accept-encoding': 'gzip' } : {}),
    })
    return {
      send: (request) => attempt(request, toHeaders(request, true), transport.send, async ({ body }) => body),
      stream: (request, idleTimeoutMs) =>
        attempt(
          request,
          toHeaders(request, false),
          (http, credentials) => transport.stream(http, credentials, idleTimeoutMs),
          ({ body }) => body.text(),
        ),
      requestCount: () => count,
      impersonate: createFor,
    }
  }
  return createFor(access.impersonate)
}

const toImpersonationHeaders = (who: Impersonation | undefined): Record<string, string | string[]> => {
  if (!who) return {}
  return {
    'impersonate-user': who.user,
    ...(who.uid === undefined ? {} : { 'impersonate-uid': who.uid }),
    ...(who.groups?.length ? { 'impersonate-group': [...who.groups] } : {}),
  }
}

/** How long the server asks to wait, where it asks for a retry. */
const readRetryAfter = (status: number, headers: HttpHeaders, body: string): number | undefined => {
  if (status !== 429 && status < 500) return undefined
  const seconds = Number(headers['retry-after'] ?? parseStatus(body)?.details?.retryAfterSeconds ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS) : undefined
}

const readCode = (error: unknown): string => {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return typeof code === 'string' ? code : cause ? readCode(cause) : ''
}

const LOST = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_SESSION_ERROR'])
const SLOW = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO|ERR_OSSL|HOSTNAME_MISMATCH)/

/** Did the connection fail (rather than the server answer, or our own code err)? */
export const isConnectionError = (error: unknown): boolean => !isLockstepError(error) && readCode(error) !== ''

const isLostConnection = (error: unknown): boolean => LOST.has(readCode(error))

const toConnectionError = (error: unknown, access: ClusterAccess, asked: Asked): LockstepError => {
  const { message } = toError(error)
  const code = readCode(error)
  const fields = { subject: asked.subject, cause: error, details: { server: access.server, code } }
  const failed = `${asked.subject} ${asked.verb} failed`
  if (SLOW.has(code)) {
    return createKubeError('KUBE_TIMEOUT', `${failed}: ${access.server} did not answer in time`, {
      ...fields,
      retry: 'transient',
    })
  }
  if (TLS.test(code)) {
    return createKubeError(
      'KUBE_TLS',
      `${failed}: no trusted connection to ${access.server}: ${message.split(';')[0]}`,
      {
        ...fields,
        hint: 'check the certificate authority and the server name in the kubeconfig',
      },
    )
  }
  return createKubeError('KUBE_UNREACHABLE', `${failed}: ${access.server} cannot be reached: ${message || code}`, {
    ...fields,
    retry: toRetry('KUBE_UNREACHABLE'),
    hint: 'check that the cluster runs, and the server and proxy in the kubeconfig',
  })
}

/** A 401, with the true cause where the credential itself tells it. */
const toUnauthorizedError = (credentials: Credentials, body: string, asked: Asked, clock: Clock): LockstepError => {
  const refused = toStatusError(401, body, asked)
  const expiry = readExpiry(credentials)
  if (!expiry || expiry.at > clock.now()) return refused
  const ago = formatDuration(clock.now().getTime() - expiry.at.getTime())
  return createKubeError(
    'KUBE_CREDENTIAL_EXPIRED',
    `${asked.subject} ${asked.verb} failed: the ${expiry.what} expired ${ago} ago, at ${expiry.at.toISOString()}`,
    { subject: asked.subject, hint: 'log in to the cluster again', details: refused.details, cause: refused },
  )
}

const readExpiry = ({ authorization, clientCertificate }: Credentials): { what: string; at: Date } | undefined => {
  if (clientCertificate) return { what: 'client certificate', at: new X509Certificate(clientCertificate).validToDate }
  const payload = authorization?.match(/^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/)?.[1]
  if (!payload) return undefined
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return typeof exp === 'number' ? { what: 'token', at: new Date(exp * 1_000) } : undefined
  } catch {
    // Three dotted parts that are no JWT: a token of another kind, which tells nothing.
    return undefined
  }
}
