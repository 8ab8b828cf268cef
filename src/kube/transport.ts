import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher, Pool } from 'undici'
import request from 'undici/lib/api/api-request.js'
import UndiciPool from 'undici/lib/dispatcher/pool.js'
import type { ClusterAccess, Credentials } from './cluster-access.ts'
import { discardLateAnswers } from './discard-late-answers.ts'

/** How connections to one server are made. */
export type TransportOptions = {
  /** Connections of HTTP/1.1 at most for requests; watches have their own. */
  readonly connections: number
  /** One HTTP/2 connection for requests, and one for watches, where the server speaks it: it spares the handshakes. */
  readonly http2: boolean
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
}

/** One HTTP request, its path below the server's. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

/** One HTTP answer, read and unpacked. */
export type HttpResponse = { readonly status: number; readonly headers: HttpHeaders; readonly body: string }
/** Header values by lower-case name. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>
/** One HTTP answer whose body is read as it comes. */
export type HttpStream = {
  readonly status: number
  readonly headers: HttpHeaders
  readonly body: AsyncIterable<Buffer> & { readonly destroy: () => unknown; readonly text: () => Promise<string> }
}

/** Connections to one API server. No retries, no meaning: {@link createKubeClient} adds them. */
export type Transport = AsyncDisposable & {
  readonly send: (request: HttpRequest, credentials: Credentials) => Promise<HttpResponse>
  /** Like `send`, with the body as a stream; it may be silent for `idleTimeoutMs`. */
  readonly stream: (request: HttpRequest, credentials: Credentials, idleTimeoutMs: number) => Promise<HttpStream>
}

type Pools = { readonly requests: Dispatcher; readonly streams: Dispatcher }

/** Connections are made when first needed. */
export const createTransport = (access: ClusterAccess, options: TransportOptions): Transport => {
  const server = new URL(access.server)
  const prefix = server.pathname.replace(/\/+$/, '')
  if (options.http2) discardLateAnswers()
  let current: { readonly credentials: Credentials; readonly pools: Promise<Pools> } | undefined

  const usePools = (credentials: Credentials): Promise<Pools> => {
    if (!current || !isSameCertificate(current.credentials, credentials)) {
      // A new certificate needs new connections; the old ones end with the requests that are on them.
      void current?.pools.then((pools) => closePools(pools, 'close'))
      current = { credentials, pools: openPools(access, server.origin, options, credentials) }
    }
    return current.pools
  }

  const dispatch = async (
    { path, body, headers, method, signal }: HttpRequest,
    credentials: Credentials,
    kind: 'requests' | 'streams',
    idleTimeoutMs: number,
  ): Promise<Dispatcher.ResponseData> => {
    const dispatcher = (await usePools(credentials))[kind]
    return request.call(dispatcher, {
      origin: server.origin,
      path: prefix + path,
      method,
      headers: credentials.authorization ? { ...headers, authorization: credentials.authorization } : headers,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
      headersTimeout: options.requestTimeoutMs,
      bodyTimeout: idleTimeoutMs,
    })
  }

  return {
    send: async (request, credentials) => {
      const response = await dispatch(request, credentials, 'requests', options.requestTimeoutMs)
      return { status: response.statusCode, headers: response.headers, body: await readBody(response) }
    },
    stream: async (request, credentials, idleTimeoutMs) => {
      const response = await dispatch(request, credentials, 'streams', idleTimeoutMs)
      return { status: response.statusCode, headers: response.headers, body: response.body }
    },
    [Symbol.asyncDispose]: async () => {
      const pools = await current?.pools
      current = undefined
      if (pools) await closePools(pools, 'destroy')
    },
  }
}

const isSameCertificate = (left: Credentials, right: Credentials): boolean =>
  left.clientCertificate === right.clientCertificate && left.clientKey === right.clientKey

const openPools = async (
  access: ClusterAccess,
  origin: string,
  options: TransportOptions,
  credentials: Credentials,
): Promise<Pools> => {
  const tls = {
    ...(access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority }),
    ...(credentials.clientCertificate === undefined ? {} : { cert: credentials.clientCertificate }),
    ...(credentials.clientKey === undefined ? {} : { key: credentials.clientKey }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    ...(access.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
  }
  const shared = {
    allowH2: options.http2,
    connectTimeout: options.connectTimeoutMs,
    keepAliveTimeout: 60_000,
    connect: { ...tls, timeout: options.connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: 30_000 },
  } satisfies Pool.Options
  if (access.proxyUrl !== undefined) {
    const { ProxyAgent } = await import('undici')
    const agent = new ProxyAgent({ ...shared, uri: access.proxyUrl, requestTls: tls, connections: null })
    return { requests: agent, streams: agent }
  }
  const requests = new UndiciPool(origin, { ...shared, connections: options.connections })
  // Each watch holds a connection of HTTP/1.1 for good: with those of requests, they would starve them.
  const streams = new UndiciPool(origin, { ...shared, connections: null })
  return { requests, streams }
}

const closePools = async ({ requests, streams }: Pools, how: 'close' | 'destroy'): Promise<void> => {
  await Promise.all([...new Set([requests, streams])].map((dispatcher) => dispatcher[how]()))
}

const unzip = promisify(gunzip)

const readBody = async ({ body, headers }: Dispatcher.ResponseData): Promise<string> => {
  if (headers['content-encoding'] !== 'gzip') return body.text()
  return (await unzip(await body.arrayBuffer())).toString()
}
