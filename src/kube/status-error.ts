import type { LockstepError } from '../base/errors.ts'
import { createKubeError, type KubeErrorCode, toRetry } from './errors.ts'

/** One reason in a `Status`: the field it is about, and what is wrong with it. */
type StatusCause = { readonly reason?: string; readonly field?: string; readonly message?: string }

/** What the server answers instead of an object. */
export type Status = {
  readonly kind: 'Status'
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly kind?: string
    readonly name?: string
    readonly causes?: readonly StatusCause[]
    readonly retryAfterSeconds?: number
  }
}

/** What was asked, for the message. */
export type Asked = {
  /** `apply`, `get`, `list` … */
  readonly verb: string
  /** `Deployment/shop/web`. */
  readonly subject: string
  /** The kind of the object sent: of Secrets the server's words are not repeated, they may hold values. */
  readonly kind?: string
}

/** The typed error of an answer that is not 2xx. `body` is whatever came. Pure. */
export const toStatusError = (httpStatus: number, body: string, asked: Asked): LockstepError => {
  const status = parseStatus(body)
  const said = status?.message ?? body.slice(0, 300).trim()
  const code = toCode(httpStatus, status, said)
  const masked = asked.kind === 'Secret' && (ECHOING_CODES.has(code) || POLICY_DENIED.test(said))
  const causes = (status?.details?.causes ?? []).map((cause) => (masked ? { ...cause, message: 'not shown' } : cause))
  const webhook = (WEBHOOK_UNAVAILABLE.exec(said) ?? WEBHOOK_DENIED.exec(said))?.[1]
  const reason = masked ? describeMasked(httpStatus, status) : said || `HTTP ${httpStatus}`
  return createKubeError(code, `${asked.subject} ${asked.verb} failed: ${reason}`, {
    subject: asked.subject,
    retry: WEBHOOK_UNAVAILABLE.test(said) ? 'transient' : toRetry(code),
    ...(HINTS[code] ? { hint: HINTS[code] } : {}),
    details: {
      httpStatus,
      reason: status?.reason ?? '',
      causes,
      ...(webhook ? { webhook } : {}),
      ...(status?.details?.kind ? { kind: status.details.kind } : {}),
      ...(status?.details?.name ? { name: status.details.name } : {}),
    },
  })
}

/** The `Status` in a body, if it is one. */
export const parseStatus = (body: string): Status | undefined => {
  if (!body.startsWith('{')) return undefined
  try {
    const parsed = JSON.parse(body)
    return parsed.kind === 'Status' ? parsed : undefined
  } catch {
    // A proxy in between answers with whatever it likes; the caller then shows its first words.
    return undefined
  }
}

const toCode = (httpStatus: number, status: Status | undefined, said: string): KubeErrorCode => {
  if (WEBHOOK_UNAVAILABLE.test(said) || WEBHOOK_DENIED.test(said)) return 'KUBE_WEBHOOK'
  if (status?.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating'))
    return 'KUBE_NAMESPACE_TERMINATING'
  if (status?.reason === 'AlreadyExists') return 'KUBE_ALREADY_EXISTS'
  // The server answers 500 to a manifest whose types are wrong, or values malformed, and to one that etcd finds too large.
  if (TYPED_PATCH.test(said)) return 'KUBE_INVALID'
  if (httpStatus >= 500 && TOO_LARGE.test(said)) return 'KUBE_TOO_LARGE'
  if (status?.reason === 'Timeout') return 'KUBE_TIMEOUT'
  return CODE_BY_HTTP_STATUS[httpStatus] ?? (httpStatus < 500 ? 'KUBE_INVALID' : 'KUBE_SERVER_ERROR')
}

const describeMasked = (httpStatus: number, status: Status | undefined): string => {
  const typed = TYPED_PATCH.exec(status?.message ?? '')?.[1]
  const fields = (status?.details?.causes ?? []).flatMap(({ field, reason }) =>
    field ? [reason ? `${field} (${reason})` : field] : [],
  )
  if (typed) fields.push(typed)
  const reason = status?.reason || `HTTP ${httpStatus}`
  const immutable = /field is immutable/.test(status?.message ?? '') ? ': field is immutable' : ''
  return `${fields.length > 0 ? `${reason}: ${fields.join(', ')}` : reason}${immutable}; what the server says of a Secret is not shown`
}

const WEBHOOK_UNAVAILABLE = /failed calling webhook "([^"]+)"/
const WEBHOOK_DENIED = /admission webhook "([^"]+)" (?:denied the request|attempted to modify)/
const POLICY_DENIED = /ValidatingAdmissionPolicy .* denied request/
/** The field path, where there is one, is the server's own word, not a value. */
const TYPED_PATCH = /failed to (?:create typed patch|convert new) object \([^)]*\)(?:: (\.[\w.-]+):)?/
const TOO_LARGE = /request is too large|trying to send message larger than max/

const CODE_BY_HTTP_STATUS: Readonly<Record<number, KubeErrorCode>> = {
  400: 'KUBE_INVALID',
  401: 'KUBE_UNAUTHORIZED',
  403: 'KUBE_FORBIDDEN',
  404: 'KUBE_NOT_FOUND',
  405: 'KUBE_INVALID',
  406: 'KUBE_INVALID',
  408: 'KUBE_TIMEOUT',
  409: 'KUBE_CONFLICT',
  410: 'KUBE_GONE',
  413: 'KUBE_TOO_LARGE',
  415: 'KUBE_INVALID',
  422: 'KUBE_INVALID',
  429: 'KUBE_THROTTLED',
  504: 'KUBE_TIMEOUT',
}

/** The errors in which a server repeats what it was sent. */
const ECHOING_CODES: ReadonlySet<KubeErrorCode> = new Set([
  'KUBE_INVALID',
  'KUBE_SERVER_ERROR',
  'KUBE_WEBHOOK',
  'KUBE_TIMEOUT',
])

const HINTS: Partial<Record<KubeErrorCode, string>> = {
  KUBE_UNAUTHORIZED: 'log in to the cluster again, or correct the credentials in the kubeconfig',
  KUBE_FORBIDDEN: 'grant the missing permission to the user that the kubeconfig or the component names',
  KUBE_TOO_LARGE: 'split the object: etcd takes about 1.5 MiB',
  KUBE_NAMESPACE_TERMINATING: 'the namespace is being deleted: see which finalizers hold it',
  KUBE_WEBHOOK: 'see the webhook that the message names',
}
