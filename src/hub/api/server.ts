import { createHash } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Access } from '../../api/access.ts'
import { createApiError } from '../../api/errors.ts'
import { listOperations, type NamedOperation } from '../../api/operations.ts'
import { object } from '../../fleet/schema/common.ts'
import type { Authenticate } from './authenticate.ts'
import { authorize } from './authorize.ts'
import type { ApiDeps, Handler, RawHandler } from './handler.ts'
import { createHandlers } from './handlers.ts'
import type { Principal } from './principal.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { toProblem } from './to-problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    principal: Principal | undefined
  }
}

/** The world of the server. */
export type ServerDeps = ApiDeps & {
  readonly authenticate: Authenticate
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
  /** PEM; without it, plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Called with each answer before it is sent: tests hold it against its schema. */
  readonly onAnswer?: (operation: NamedOperation, answer: unknown) => void
}

const MAX_BODY_BYTES = 256 * 1024
const NO_QUERY = object('There is none.', {})

/** Serves everything in the table of operations, and nothing else; it has still to listen. */
export const createHubServer = async (deps: ServerDeps): Promise<FastifyInstance> => {
  const server = createServer(deps)
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(error, request.id)
    if (problem.status >= 500)
      deps.log('error', 'a request failed', { request: request.id, error: error instanceof Error ? error.message : '' })
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="lockstep"')
    return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
  }
  server.setErrorHandler(fail)
  server.setNotFoundHandler((request, reply) => fail(toUnknownRoute(request), request, reply))
  server.decorateRequest('principal', undefined)
  server.addHook('onSend', async (_, reply) => setSecurityHeaders(reply, { isTls: deps.tls !== undefined }))
  server.addHook('onRequest', async (request) => {
    if (request.is404) return
    const { access } = request.routeOptions.config
    const isOpen = authorize(access, undefined) === 'allowed'
    // What is open takes no credentials of ours: webhooks bring others in the same header.
    request.principal = isOpen ? undefined : await deps.authenticate(request.headers)
    const verdict = authorize(access, request.principal)
    if (verdict === 'unknown') throw createApiError('AUTHENTICATION_REQUIRED', 'say who you are: send a token')
    if (verdict === 'denied')
      throw createApiError('PERMISSION_DENIED', `${request.principal?.name} has not the permission ${access}`)
  })
  const handlers = createHandlers()
  const operations = listOperations()
  server.register((scope, _, done) => {
    // Whatever it is said to be, it is bytes: nothing is parsed before it is verified.
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    for (const operation of operations)
      if (operation.body === 'bytes') addRoute(scope, operation, handlers[operation.id] as RawHandler, deps)
    done()
  })
  server.register((scope, _, done) => {
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'))
    for (const operation of operations)
      if (operation.body !== 'bytes') addRoute(scope, operation, handlers[operation.id] as RawHandler, deps)
    done()
  })
  await server.ready()
  return server
}

const createServer = ({ tls }: ServerDeps): FastifyInstance => {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    ajv: {
      customOptions: {
        allErrors: true,
        removeAdditional: false,
        useDefaults: true,
        coerceTypes: 'array' as const,
        keywords: ['x-message', 'x-hint'],
      },
    },
  }
  const server = (
    tls ? Fastify({ ...options, https: { ...tls, minVersion: 'TLSv1.2' } }) : Fastify(options)
  ) as FastifyInstance
  server.removeAllContentTypeParsers()
  return server
}

const addRoute = (
  scope: FastifyInstance,
  operation: NamedOperation,
  handler: RawHandler | Handler<NamedOperation>,
  deps: ServerDeps,
): void => {
  const { method, path, access, params, query, body, answer, maxBytes = MAX_BODY_BYTES } = operation
  scope.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ':$1'),
    // Load balancers ask for health in this way.
    exposeHeadRoute: method === 'GET' && access === 'public',
    bodyLimit: maxBytes,
    config: { access },
    schema: {
      ...(params ? { params } : {}),
      ...(answer === 'raw' && !query ? {} : { querystring: query ?? NO_QUERY }),
      ...(typeof body === 'object' ? { body } : {}),
    },
    handler: (request, reply) =>
      answer === 'raw'
        ? (handler as RawHandler)(request, reply, deps)
        : answerCall(operation, handler as Handler<NamedOperation>, request, reply, deps),
  })
}

const answerCall = async (
  operation: NamedOperation,
  handler: Handler<NamedOperation>,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: ServerDeps,
): Promise<FastifyReply> => {
  const principal = request.principal as Principal
  const { params, query, body, signal } = request
  const by = { actor: principal.name, time: deps.clock.now().toISOString() }
  const answer = await handler({ params, query, body, principal, by, signal } as Parameters<typeof handler>[0], deps)
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

/** There is no such path, or it takes other methods. */
const toUnknownRoute = ({ method, url }: FastifyRequest) => {
  const path = url.split('?')[0] as string
  const methods = listOperations().filter((one) => toPattern(one.path).test(path))
  return methods.length === 0
    ? createApiError('NOT_FOUND', 'there is no such path')
    : createApiError('METHOD_NOT_ALLOWED', `${method} is not done here, but ${methods.map((one) => one.method)}`)
}

const toPattern = (path: string): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`)
