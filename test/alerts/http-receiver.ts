import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that somebody sent. */
export type ReceivedRequest = {
  readonly at: number
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** What is answered: a status, headers, a body; `hang` never answers. */
export type Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly hang?: true
}

/** Somebody on 127.0.0.1 who takes notifications over HTTP, and writes down what came. */
export type HttpReceiver = AsyncDisposable & {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  /** How the next requests are answered; 200 at first. */
  readonly answer: (answer: (request: ReceivedRequest) => Answer) => void
}

/** Starts to listen. */
export const startHttpReceiver = async (): Promise<HttpReceiver> => {
  const requests: ReceivedRequest[] = []
  let toAnswer = (_: ReceivedRequest): Answer => ({ status: 200, body: 'ok' })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const received = {
        at: Date.now(),
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      requests.push(received)
      const { status, headers = {}, body = '', hang } = toAnswer(received)
      if (!hang) response.writeHead(status, headers).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (next) => {
      toAnswer = next
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
