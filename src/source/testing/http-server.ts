import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a test server got it. */
type SeenRequest = { readonly path: string; readonly authorization: string | undefined }

/** A server on 127.0.0.1 that remembers its requests. */
export type TestServer = AsyncDisposable & { readonly url: string; readonly port: number; readonly seen: SeenRequest[] }

/** Starts a server; what `respond` throws is a 500. */
export const startTestServer = async (
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> => {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization })
    try {
      respond(request, response)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
