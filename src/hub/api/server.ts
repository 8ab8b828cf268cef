import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { createApiError } from '../../api/errors.ts'
import { listOperations } from '../../api/operations.ts'
import { type LockstepError, toError } from '../../base/errors.ts'
import { type AdmitDeps, createAdmit, type RouteRules } from './admit.ts'
import { createHandlers } from './handlers.ts'
import type { Principal } from './principal.ts'
import { addRoute, MAX_BODY_BYTES, type RouteDeps } from './route.ts'
import { toSecurityHeaders } from './security-headers.ts'
import { toProblem } from './to-problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig extends RouteRules {}
  interface FastifyRequest {
    principal: Principal | undefined
  }
}

/** The world of the server. */
export type ServerDeps = Omit<RouteDeps, 'closing' | 'onError'> &
  AdmitDeps & {
    readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
    /** PEM; without it, plain HTTP. */
    readonly tls?: { readonly cert: string; readonly key: string }
    /** Addresses and networks of proxies whose `x-forwarded-for` counts. */
    readonly trustedProxies?: readonly string[]
    /** A request was answered; streams, which have no end of their own, are not told. */
    readonly onAnswered?: (operation: string, status: number, ms: number) => void
  }

/** Serves everything in the table of operations, and nothing else; it has still to listen. */
export const createHubServer = async (deps: ServerDeps): Promise<FastifyInstance> => {
  const server = createServer(deps)
  const admit = createAdmit(deps)
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(error, request.id)
    const reasons = toReasons(error)
    // What is to be tried again later is no failure of ours; where it comes from somebody else, whoever runs the hub wants to know.
    if (problem.status === 503 && reasons.cause) deps.log('warn', 'a request has to wait', reasons)
    if (problem.status >= 500 && problem.status !== 503)
      deps.log('error', 'a request failed', { request: request.id, ...reasons })
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="lockstep"')
    const { retryAfterS } = (error as Partial<LockstepError>).details ?? {}
    if (problem.status === 429) reply.header('retry-after', String(retryAfterS))
    return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
  }
  server.setErrorHandler(fail)
  server.setNotFoundHandler((request, reply) => fail(toUnknownRoute(request), request, reply))
  server.decorateRequest('principal', undefined)
  const securityHeaders = toSecurityHeaders({ isTls: deps.tls !== undefined })
  server.addHook('onSend', async (_, reply) => {
    for (const [name, value] of Object.entries(securityHeaders)) if (!reply.hasHeader(name)) reply.header(name, value)
  })
  server.addHook('onRequest', async (request) => {
    if (!request.is404) request.principal = await admit(request, request.routeOptions.config)
  })
  server.addHook('onResponse', async ({ routeOptions }, reply) => {
    const { operation = 'unknown' } = routeOptions.config
    if (operation !== 'streamEvents') deps.onAnswered?.(operation, reply.statusCode, reply.elapsedTime)
  })
  const closing = new AbortController()
  server.addHook('preClose', async () => closing.abort(new Error('the hub ends')))
  const onError = (error: unknown): void => deps.log('error', 'an answer broke off', toReasons(error))
  addRoutes(server, { ...deps, closing: closing.signal, onError })
  await server.ready()
  return server
}

/** What went wrong, and what that came from. */
const toReasons = (error: unknown): { readonly error: string; readonly cause?: string } => {
  const { message, cause } = toError(error)
  return { error: message, ...(cause === undefined ? {} : { cause: toError(cause).message }) }
}

const addRoutes = (server: FastifyInstance, deps: RouteDeps): void => {
  const handlers = createHandlers()
  const operations = listOperations()
  server.register((scope, _, done) => {
    // Whatever it is said to be, it is bytes: nothing is parsed before it is verified.
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    for (const operation of operations)
      if (operation.body === 'bytes') addRoute(scope, operation, handlers[operation.id], deps)
    done()
  })
  server.register((scope, _, done) => {
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'))
    for (const operation of operations)
      if (operation.body !== 'bytes') addRoute(scope, operation, handlers[operation.id], deps)
    done()
  })
}

const createServer = ({ tls, trustedProxies }: ServerDeps): FastifyInstance => {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    ...(trustedProxies ? { trustProxy: [...trustedProxies] } : {}),
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

/** There is no such path, or it takes other methods. */
const toUnknownRoute = ({ method, url }: FastifyRequest): LockstepError => {
  const path = url.split('?')[0] as string
  const methods = listOperations().filter((one) => toPattern(one.path).test(path))
  return methods.length === 0
    ? createApiError('NOT_FOUND', 'there is no such path')
    : createApiError('METHOD_NOT_ALLOWED', `${method} is not done here, but ${methods.map((one) => one.method)}`)
}

const toPattern = (path: string): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`)
