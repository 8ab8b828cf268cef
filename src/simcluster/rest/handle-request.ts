import type { ApiRequest, ApiResponse, ApiUser } from '../api.ts'
import type { Answered } from '../audit.ts'
import { StatusFailure } from '../status-failure.ts'
import { wantsPretty } from './accept.ts'
import { authorize, createDenied, toAttributes } from './authorize.ts'
import { createNoSuchResource } from './failures.ts'
import { handleOther } from './handle-other.ts'
import { handleResource } from './handle-resource.ts'
import { type Identity, readIdentity } from './identity.ts'
import type { RequestInfo } from './request-info.ts'
import { respondFailure, respondNoSuchPath } from './respond.ts'
import { type Backend, createScope } from './scope.ts'

/** Answers one request: who it acts as, whether that may be, then what it asks for; and tells the audit. */
export const answerRequest = (
  backend: Backend,
  info: RequestInfo,
  request: ApiRequest,
  auditId: string,
  audit: { readonly record: (answered: () => Answered) => void },
): ApiResponse => {
  const received = backend.clock.now()
  let identity: Identity = { user: request.user, impersonated: undefined }
  let denied = false
  const answer = attempt(request, () => {
    identity = readIdentity(request)
    const { user, impersonated } = identity
    if (impersonated) assertMayImpersonate(backend, user, impersonated)
    const attributes = toAttributes(impersonated ?? user, info)
    const decision = authorize(attributes, backend)
    denied = !decision.allowed
    if (denied) throw createDenied(attributes, decision.reason)
    return handleRequest(backend, info, impersonated ? { ...request, user: impersonated } : request)
  })
  const response = {
    ...answer,
    headers: { 'audit-id': auditId, 'cache-control': 'no-cache, private', ...answer.headers },
  }
  const record = (): void =>
    audit.record(() => ({
      id: auditId,
      info,
      request,
      identity,
      response,
      denied,
      received,
      completed: backend.clock.now(),
    }))
  if (typeof response.body !== 'string') return { ...response, body: finishWith(response.body, record) }
  record()
  return response
}

/** A watch is written down when it ends. */
async function* finishWith(lines: AsyncIterable<string>, end: () => void): AsyncGenerator<string> {
  try {
    yield* lines
  } finally {
    end()
  }
}

/** Answers a request that may be. What goes wrong is an answer, too. */
export const handleRequest = (backend: Backend, info: RequestInfo, request: ApiRequest): ApiResponse =>
  attempt(request, () => {
    if (info.kind === 'other') return handleOther(backend, info.path, request)
    const { namespace, plural } = info
    const type = backend.registry.find(info.group, info.version, info.plural)
    if (type && (type.namespaced || namespace === undefined || plural === 'namespaces'))
      return handleResource(createScope(backend, type, info, request))
    if (!hasGroup(backend, info.group)) return respondNoSuchPath()
    throw createNoSuchResource()
  })

/** The answer for credentials that nobody has. */
export const respondUnauthorized = (request: Pick<ApiRequest, 'headers' | 'query'>): ApiResponse =>
  respondFailure(new StatusFailure(401, 'Unauthorized', 'Unauthorized'), { format: 'json', pretty: isPretty(request) })

const hasGroup = ({ registry }: Backend, name: string): boolean => registry.list().some(({ group }) => group === name)

const attempt = (request: ApiRequest, answer: () => ApiResponse): ApiResponse => {
  try {
    return answer()
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error
    return respondFailure(error, { format: 'json', pretty: isPretty(request) })
  }
}

const isPretty = ({ headers, query }: Pick<ApiRequest, 'headers' | 'query'>): boolean =>
  wantsPretty({ userAgent: headers['user-agent'], pretty: query.get('pretty') })

const assertMayImpersonate = (backend: Backend, user: ApiUser, impersonated: ApiUser): void => {
  const subjects = [
    { plural: 'users', name: impersonated.username },
    ...impersonated.groups.filter((group) => !group.startsWith('system:')).map((name) => ({ plural: 'groups', name })),
  ]
  for (const { plural, name } of subjects) {
    const attributes = {
      ...toAttributes(user, { kind: 'other', verb: 'impersonate', path: '' }),
      path: undefined,
      version: 'v1',
      plural,
      name,
    }
    const { allowed, reason } = authorize(attributes, backend)
    if (!allowed) throw createDenied(attributes, reason)
  }
}
