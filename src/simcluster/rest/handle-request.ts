import type { ApiRequest, ApiResponse } from '../api.ts'
import { StatusFailure } from '../status-failure.ts'
import { createNoSuchResource } from './failures.ts'
import { handleResource } from './handle-resource.ts'
import type { RequestInfo } from './request-info.ts'
import { respondFailure, respondNoSuchPath, respondText } from './respond.ts'
import { type Backend, createScope } from './scope.ts'
import type { RunningWatches } from './watch-objects.ts'

/** Answers one request. What goes wrong is an answer, too. */
export const handleRequest = (
  backend: Backend,
  info: RequestInfo,
  request: ApiRequest,
  running: RunningWatches,
): ApiResponse => {
  try {
    return info.kind === 'other' ? handleOther(info.path) : handleKnown(backend, info, request, running)
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error
    return respondFailure(error, { format: 'json', pretty: request.query.get('pretty') === 'true' })
  }
}

const handleKnown = (
  backend: Backend,
  info: Extract<RequestInfo, { kind: 'resource' }>,
  request: ApiRequest,
  running: RunningWatches,
): ApiResponse => {
  const type = backend.registry.find(info.group, info.version, info.plural)
  if (!type) {
    if (!backend.registry.list().some(({ group }) => group === info.group)) return respondNoSuchPath()
    throw createNoSuchResource()
  }
  return handleResource(createScope(backend, type, info, request), running)
}

const handleOther = (path: string): ApiResponse => {
  if (/^\/(?:healthz|livez|readyz)(?:\/|$)/.test(path)) return respondText(200, 'ok')
  return respondNoSuchPath()
}
