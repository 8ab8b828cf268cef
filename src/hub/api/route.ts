import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Operation } from '../../api/operation.ts'
import type { NamedOperation } from '../../api/operations.ts'
import { object } from '../../fleet/schema/common.ts'
import { EARLY_CHECKS } from './early-check.ts'
import type { Handler, RawHandler, RouteContext } from './handler.ts'
import type { Principal } from './principal.ts'
import { toClosed } from './to-closed.ts'

/** The world of a route. */
export type RouteDeps = RouteContext & {
  /** /metrics needs a token that may read. */
  readonly isMetricsClosed?: boolean
  /** Called with each answer before it is sent: tests hold it against its schema. */
  readonly onAnswer?: (operation: NamedOperation, answer: unknown) => void
}

/** Of a body, where an operation does not say otherwise. */
export const MAX_BODY_BYTES = 256 * 1024
const NO_QUERY = object('There is none.', {})

/** Makes the route of an operation: what reaches its handler was let in, and is as the operation says. */
export const addRoute = (
  scope: FastifyInstance,
  operation: NamedOperation,
  handler: unknown,
  deps: RouteDeps,
): void => {
  const { id, method, path, isLogin = false, params, query, body, answer, maxBytes = MAX_BODY_BYTES } = operation
  const access = id === 'getMetrics' && deps.isMetricsClosed ? 'read' : operation.access
  scope.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ':$1'),
    // Load balancers ask for health in this way.
    exposeHeadRoute: method === 'GET' && access === 'public' && !isLogin,
    bodyLimit: maxBytes,
    config: { access, isLogin, operation: id },
    onRequest: async (request) => EARLY_CHECKS[id]?.(request, deps),
    schema: {
      ...(params ? { params } : {}),
      ...(answer === 'raw' && !query ? {} : { querystring: query ?? NO_QUERY }),
      ...(typeof body === 'object' ? { body } : {}),
    },
    handler: (request, reply) =>
      answer === 'raw'
        ? (handler as RawHandler)(request, reply, deps)
        : answerCall(operation, handler as Handler<Operation>, request, reply, deps),
  })
}

const answerCall = async (
  operation: NamedOperation,
  handler: Handler<Operation>,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: RouteDeps,
): Promise<FastifyReply> => {
  const principal = request.principal as Principal
  const { params, query, body, ip: address } = request
  const signal = AbortSignal.any([deps.closing, toClosed(reply)])
  const by = { actor: principal?.name ?? 'unknown', time: deps.clock.now().toISOString() }
  const setCookies = (lines: readonly string[]) => reply.header('set-cookie', [...lines])
  const call = { params, query, body, principal, by, address, signal, setCookies } as Parameters<typeof handler>[0]
  const answer = await handler(call, deps)
  deps.onAnswer?.(operation, answer)
  if (operation.answer === 'nothing') return reply.code(204).send()
  const text = JSON.stringify(answer)
  reply.code(operation.status ?? 200).type('application/json; charset=utf-8')
  return operation.method === 'GET' ? sendTagged(request, reply, text) : reply.send(text)
}

/** What did not change since the caller saw it is not sent again. */
const sendTagged = (request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply => {
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`
  reply.header('etag', tag).header('cache-control', 'private, no-cache')
  const known = request.headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? []
  return known.includes(tag) ? reply.code(304).send() : reply.send(text)
}
