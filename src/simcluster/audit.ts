import type { ApiRequest, ApiResponse } from './api.ts'
import type { Identity } from './rest/identity.ts'
import type { RequestInfo } from './rest/request-info.ts'

/** One event at level Metadata, as the server's audit webhook sends it. */
export type AuditEvent = {
  readonly kind: 'Event'
  readonly apiVersion: 'audit.k8s.io/v1'
  readonly level: 'Metadata'
  readonly auditID: string
  readonly stage: 'ResponseComplete'
  readonly requestURI: string
  readonly verb: string
  readonly user: AuditUser
  readonly impersonatedUser?: AuditUser
  readonly sourceIPs: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: Readonly<Record<string, string>>
  readonly responseStatus: Readonly<Record<string, unknown>>
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations: Readonly<Record<string, string>>
}
type AuditUser = { readonly username: string; readonly uid?: string; readonly groups?: readonly string[] }

/** What is known of a request that is answered. */
export type Answered = {
  readonly id: string
  readonly info: RequestInfo
  readonly request: ApiRequest
  readonly identity: Identity
  readonly response: ApiResponse
  readonly denied: boolean
  readonly received: Date
  readonly completed: Date
}

/** The event of a request. */
export const createAuditEvent = ({
  id,
  info,
  request,
  identity,
  response,
  denied,
  received,
  completed,
}: Answered): AuditEvent => {
  const { query, path, headers } = request
  const objectRef = toObjectRef(info, request)
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: query.size === 0 ? path : `${path}?${query}`,
    verb: info.verb,
    user: toUser(identity.user),
    ...(identity.impersonated ? { impersonatedUser: toUser(identity.impersonated) } : {}),
    sourceIPs: ['127.0.0.1'],
    ...(headers['user-agent'] === undefined ? {} : { userAgent: headers['user-agent'] }),
    ...(objectRef ? { objectRef } : {}),
    responseStatus: toResponseStatus(response),
    requestReceivedTimestamp: formatMicroTime(received),
    stageTimestamp: formatMicroTime(completed),
    annotations: {
      'authorization.k8s.io/decision': denied ? 'forbid' : 'allow',
      'authorization.k8s.io/reason': '',
    },
  }
}

const toUser = ({ username, uid, groups }: Identity['user']): AuditUser => ({
  username,
  ...(uid === undefined ? {} : { uid }),
  ...(groups.length > 0 ? { groups } : {}),
})

const toObjectRef = (
  info: RequestInfo,
  { body, value, method }: ApiRequest,
): Readonly<Record<string, string>> | undefined => {
  if (info.kind === 'other') return undefined
  const sent = method === 'POST' || method === 'PUT' ? readMetadata(body, value) : {}
  const namespace = info.namespace ?? sent.namespace
  const name = info.name ?? sent.name
  return {
    resource: info.plural,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(sent.uid ? { uid: sent.uid } : {}),
    ...(info.group === '' ? {} : { apiGroup: info.group }),
    apiVersion: info.version,
    ...(sent.resourceVersion ? { resourceVersion: sent.resourceVersion } : {}),
    ...(info.subresource === undefined ? {} : { subresource: info.subresource }),
  }
}

type SentMetadata = { name?: string; namespace?: string; uid?: string; resourceVersion?: string }

const readMetadata = (body: string, value: object | undefined): SentMetadata => {
  if (value) return (value as { metadata?: SentMetadata }).metadata ?? {}
  if (!body.startsWith('{')) return {}
  try {
    return (JSON.parse(body) as { metadata?: SentMetadata }).metadata ?? {}
  } catch {
    // The answer says what is wrong with it.
    return {}
  }
}

const toResponseStatus = ({ status, body }: ApiResponse): Readonly<Record<string, unknown>> => {
  if (typeof body === 'string' && /^\{\s*"kind": ?"Status"/.test(body)) {
    const { kind: _kind, apiVersion: _version, metadata: _metadata, ...fields } = JSON.parse(body)
    return { metadata: {}, ...fields, code: status }
  }
  return { metadata: {}, code: status }
}

const formatMicroTime = (date: Date): string => `${date.toISOString().slice(0, 23)}000Z`

/** Events of one cluster, for whoever wants them. Nothing is made while nobody does. */
export type Audit = {
  /** Calls back at every event. Returns the end of it. */
  readonly subscribe: (listener: (event: AuditEvent) => void) => () => void
}

/** Nobody listens yet. */
export const createAudit = (): Audit & { readonly record: (answered: () => Answered) => void } => {
  const listeners = new Set<(event: AuditEvent) => void>()
  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    record: (answered) => {
      if (listeners.size === 0) return
      const event = createAuditEvent(answered())
      for (const listener of listeners) listener(event)
    },
  }
}

/** What the webhook is sent: many events at once. */
export const toEventList = (items: readonly AuditEvent[]): Readonly<Record<string, unknown>> => ({
  kind: 'EventList',
  apiVersion: 'audit.k8s.io/v1',
  metadata: {},
  items,
})
