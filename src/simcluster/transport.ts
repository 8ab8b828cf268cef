import type { ClusterAccess } from '../kube/cluster-access.ts'
import type { HttpRequest, HttpStream, Transport } from '../kube/transport.ts'
import type { ApiRequest, ApiResponse } from './api.ts'
import type { SimCluster } from './create-sim-cluster.ts'
import { createConnectionReset } from './faults.ts'

/** Connects a client to a simulated cluster without a socket. The user is the one of the credentials' bearer token. */
export const createSimTransport = (cluster: SimCluster): Transport => {
  const closed = new AbortController()
  const exchange = async (request: HttpRequest, authorization: string | undefined): Promise<ApiResponse> => {
    if (closed.signal.aborted) throw createConnectionReset()
    const [path = '', query = ''] = request.path.split('?', 2)
    const signal = request.signal ? AbortSignal.any([request.signal, closed.signal]) : closed.signal
    return cluster.requestAs(authorization, {
      method: request.method,
      path,
      query: new URLSearchParams(query),
      headers: toHeaders(request.headers),
      body: request.body ?? '',
      signal,
    })
  }
  return {
    send: async (request, { authorization }) => {
      const { status, headers, body } = await exchange(request, authorization)
      return { status, headers, body: typeof body === 'string' ? body : await readAll(body) }
    },
    stream: async (request, { authorization }) => {
      const { status, headers, body } = await exchange(request, authorization)
      return { status, headers, body: toStream(body) }
    },
    [Symbol.asyncDispose]: async () => closed.abort(),
  }
}

/** Access to a simulated cluster as one of its users, for a client with {@link createSimTransport}. */
export const createSimAccess = (cluster: SimCluster, user = 'admin'): ClusterAccess => {
  const credentials = { authorization: `Bearer ${cluster.tokenOf(user)}` }
  return { server: `https://${cluster.name}.simulated`, getCredentials: async () => credentials }
}

const toHeaders = (headers: HttpRequest['headers']): ApiRequest['headers'] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )

const readAll = async (lines: AsyncIterable<string>): Promise<string> => {
  let text = ''
  for await (const line of lines) text += line
  return text
}

const toStream = (body: ApiResponse['body']): HttpStream['body'] => {
  const lines = typeof body === 'string' ? [body] : body
  async function* read(): AsyncGenerator<Buffer> {
    for await (const line of lines) yield Buffer.from(line)
  }
  const chunks = read()
  return Object.assign(chunks, {
    destroy: () => void chunks.return(undefined),
    text: async () => (typeof body === 'string' ? body : readAll(body)),
  })
}
