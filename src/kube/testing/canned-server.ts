import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that a canned server was sent. */
export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** An answer: written as JSON unless `body` is text; a function takes over the response itself. */
export type CannedAnswer =
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string | string[]>>
      readonly body?: unknown
    }
  | ((response: ServerResponse, request: IncomingMessage) => void)

/** An HTTP server on 127.0.0.1 with the answers that a test gives. */
export type CannedServer = AsyncDisposable & { readonly url: string; readonly seen: SeenRequest[] }

/** Starts a server; `answer` is asked with every request and its number, from 0. */
export const startCannedServer = async (
  answer: (request: SeenRequest, index: number) => CannedAnswer,
): Promise<CannedServer> => {
  const seen: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://server')
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // A client that gave up in the middle of its request wants no answer.
    }
    const known: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks).toString(),
    }
    const canned = answer(known, seen.push(known) - 1)
    if (typeof canned === 'function') return canned(response, request)
    const { status = 200, headers = {}, body = {} } = canned
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
