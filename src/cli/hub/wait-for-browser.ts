import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createCliError } from '../errors.ts'

/** A port of this machine that a browser comes to when somebody signed in. */
export type BrowserCatcher = AsyncDisposable & {
  readonly port: number
  /** The code that the browser brought (`LOGIN_INCOMPLETE`). */
  readonly code: Promise<string>
}

/** Waits on 127.0.0.1 for a browser with our own `state`; whoever else comes is sent away. */
export const waitForBrowser = async (state: string, signal: AbortSignal): Promise<BrowserCatcher> => {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>()
  // Whoever asked for it hears of a failure; until then it is nobody's.
  code.catch(() => undefined)
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (request.method !== 'GET' || pathname !== '/' || searchParams.get('state') !== state) {
      answer(response, 404, 'Nothing is here.')
      return
    }
    const found = searchParams.get('code')
    answer(
      response,
      200,
      found === null ? 'You were not signed in; see your terminal.' : 'You are signed in. Close this page.',
    )
    if (found !== null) resolve(found)
    else
      reject(
        createCliError(
          'LOGIN_INCOMPLETE',
          `you were not signed in: ${searchParams.get('error') ?? 'no reason was given'}`,
        ),
      )
  })
  await listen(server)
  return {
    port: (server.address() as AddressInfo).port,
    code,
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener('abort', onAbort)
      server.closeAllConnections()
      server.close()
    },
  }
}

const answer = (response: ServerResponse<IncomingMessage>, status: number, text: string): void => {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(`${text}\n`)
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
