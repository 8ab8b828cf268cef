import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { toError } from '../base/errors.ts'
import type { ApiRequest, ApiResponse } from './api.ts'
import { type Certificate, createCertificate } from './certificate.ts'
import type { SimCluster } from './create-sim-cluster.ts'
import { formatKubeconfig } from './kubeconfig.ts'
import { decodeProtobuf } from './protobuf/decode-protobuf.ts'
import { createInternalError } from './rest/failures.ts'
import { respondFailure, respondNoSuchPath } from './rest/respond.ts'

/** The API servers of many clusters on one port of 127.0.0.1, each below a path of its own. */
export type SimServer = AsyncDisposable & {
  readonly port: number
  /** PEM of the certificate that clients have to trust. */
  readonly certificateAuthority: string
  /** Serves one more cluster. */
  readonly add: (cluster: SimCluster) => void
  readonly remove: (name: string) => void
  /** `https://127.0.0.1:port/clusters/name`. */
  readonly urlOf: (name: string) => string
  /** The kubeconfig of a user, with a context for each cluster, named like it; the first is the current one. */
  readonly kubeconfig: (options?: { readonly user?: string; readonly clusters?: readonly string[] }) => string
}

/** What a server is made of. */
export type SimServerOptions = {
  readonly clusters?: readonly SimCluster[]
  /** Any free one by default. */
  readonly port?: number
  /** Made anew by default. */
  readonly certificate?: Certificate
  /** Of the certificate. */
  readonly now: Date
}

/** Serves HTTP/1.1 and HTTP/2 over TLS. */
export const openSimServer = async (options: SimServerOptions): Promise<SimServer> => {
  const certificate = options.certificate ?? createCertificate(options.now)
  const clusters = new Map<string, SimCluster>()
  const server = createSecureServer(
    { key: certificate.key, cert: certificate.certificate, allowHTTP1: true },
    (request, response) => {
      void answer(clusters, request, response)
    },
  )
  const close = trackConnections(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const urlOf = (name: string): string => `https://127.0.0.1:${port}${PREFIX}${encodeURIComponent(name)}`
  const add = (cluster: SimCluster): void => {
    clusters.set(cluster.name, cluster)
  }
  for (const cluster of options.clusters ?? []) add(cluster)
  return {
    port,
    certificateAuthority: certificate.certificate,
    add,
    remove: (name) => {
      clusters.delete(name)
    },
    urlOf,
    kubeconfig: ({ user = 'admin', clusters: names = [...clusters.keys()] } = {}) =>
      formatKubeconfig(
        names.map((name) => ({
          name,
          server: urlOf(name),
          certificateAuthority: certificate.certificate,
          token: (clusters.get(name) as SimCluster).tokenOf(user),
        })),
      ),
    [Symbol.asyncDispose]: close,
  }
}

const PREFIX = '/clusters/'

/** Connections are kept alive, so somebody has to end them. */
const trackConnections = (server: Http2SecureServer): (() => Promise<void>) => {
  const open = new Set<Socket | ServerHttp2Session>()
  const track = (connection: Socket | ServerHttp2Session): void => {
    open.add(connection)
    connection.once('close', () => open.delete(connection))
  }
  server.on('session', track)
  server.on('secureConnection', track)
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of open) connection.destroy()
    await closed
  }
}

const answer = async (
  clusters: ReadonlyMap<string, SimCluster>,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    const [, name, path = '/', query = ''] = /^\/clusters\/([^/?]+)(\/[^?]*)?(?:\?(.*))?$/.exec(request.url) ?? []
    const cluster = name === undefined ? undefined : clusters.get(decodeURIComponent(name))
    const sent = toJson(toHeaders(request.headers), await readBody(request))
    const answered = cluster
      ? await cluster.requestAs(request.headers.authorization, {
          method: (request.method === 'HEAD' ? 'GET' : request.method) as ApiRequest['method'],
          path,
          query: new URLSearchParams(query),
          ...sent,
          signal: gone.signal,
        })
      : respondNoSuchPath()
    await send(answered, request, response, gone.signal)
  } catch (error) {
    const { code, message } = toError(error) as Error & { code?: string }
    if (code === 'ECONNRESET' || response.headersSent || gone.signal.aborted) {
      // A lost connection is what a fault wants; and in the middle of an answer, nothing else is left.
      response.stream?.destroy()
      request.socket?.destroy()
    } else await send(respondFailure(createInternalError(message), PLAIN), request, response, gone.signal)
  }
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** kubectl sends some of its objects in protobuf: to all behind, they came as JSON. */
const toJson = (headers: ApiRequest['headers'], bytes: Buffer): Pick<ApiRequest, 'headers' | 'body'> => {
  if (headers['content-type'] !== PROTOBUF) return { headers, body: bytes.toString() }
  if (bytes.length === 0) return { headers: { ...headers, 'content-type': 'application/json' }, body: '' }
  try {
    return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(decodeProtobuf(bytes)) }
  } catch {
    // The body stays what it is, which is refused as a format that nobody knows here.
    return { headers, body: '' }
  }
}

const PLAIN = { format: 'json', pretty: false } as const

const readBody = async (request: Http2ServerRequest): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const toHeaders = (headers: IncomingHttpHeaders): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )

/** Smaller answers are not worth it, as the server sees it. */
const GZIP_FROM = 128 * 1024
const pack = promisify(gzip)

const send = async (
  { status, headers, body }: ApiResponse,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  signal: AbortSignal,
): Promise<void> => {
  if (typeof body === 'string') {
    const bytes = Buffer.from(body)
    const isPacked = bytes.length >= GZIP_FROM && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
    const sent = isPacked ? await pack(bytes, { level: 1 }) : bytes
    response.writeHead(status, {
      ...headers,
      ...(isPacked ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}),
      'content-length': sent.length,
    })
    if (request.method === 'HEAD') response.end()
    else response.end(sent)
    return
  }
  response.writeHead(status, { ...headers })
  // HTTP/2 sends headers at once; HTTP/1.1 has to be asked to, and a client waits for them before it waits for events.
  if (request.httpVersionMajor === 1) (response as unknown as ServerResponse).flushHeaders()
  for await (const lines of body) {
    if (signal.aborted) return
    if (!response.write(lines, 'utf8')) await new Promise<void>((resolve) => onceEither(response, signal, resolve))
  }
  response.end()
}

const onceEither = (response: Http2ServerResponse, signal: AbortSignal, resolve: () => void): void => {
  response.once('drain', resolve)
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
}
