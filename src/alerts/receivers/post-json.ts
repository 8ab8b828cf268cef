import type { Dispatcher } from 'undici'
import { isLockstepError, toError } from '../../base/errors.ts'
import { findProxy } from '../../base/proxy.ts'
import type { UrlGuard } from '../../source/url-guard.ts'
import type { SendResult } from './receiver.ts'

/** One POST of JSON to where the guard lets it. */
export type PostRequest = {
  readonly url: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Sends a request, once, and judges the answer. */
export type PostJson = (request: PostRequest) => Promise<SendResult>

/** A {@link PostJson} with its connections. */
export type HttpPoster = AsyncDisposable & { readonly post: PostJson }

const TIMEOUT_MS = 15_000
/** What is read of an answer, and what is told of it. */
const ANSWER_BYTES = 64 * 1024
const ANSWER_CHARS = 300

/** Makes connections that stay open between messages. Redirects are not followed: a signed message is for one address. */
export const createHttpPoster = ({
  guard,
  env,
  now,
}: {
  readonly guard: UrlGuard
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
}): HttpPoster => {
  const dispatchers = new Map<string | undefined, Promise<Dispatcher>>()
  const useDispatcher = (proxy: string | undefined): Promise<Dispatcher> => {
    const known = dispatchers.get(proxy)
    if (known) return known
    const created = import('undici').then(({ Agent, ProxyAgent }) => {
      const options = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS }
      if (proxy !== undefined) return new ProxyAgent({ ...options, uri: proxy })
      return new Agent({ ...options, connect: { lookup: guard.lookup, timeout: TIMEOUT_MS } })
    })
    dispatchers.set(proxy, created)
    return created
  }

  const send = async ({ url: text, body, headers, signal }: PostRequest): Promise<SendResult> => {
    const url = new URL(text)
    guard.assertScheme(url)
    guard.assertLiteral(url.hostname)
    const dispatcher = await useDispatcher(findProxy(url, env))
    const response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'lockstep', ...headers },
      body,
      signal,
    })
    const answer = await readAnswer(response)
    return judgeAnswer(url, response, answer, now())
  }

  return {
    post: async (request) => {
      try {
        return await send(request)
      } catch (error) {
        request.signal.throwIfAborted()
        const retry = isLockstepError(error) ? error.retry : 'transient'
        return { type: 'failed', retry, reason: `${hostOf(request.url)}: ${toError(error).message}` }
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const dispatcher of dispatchers.values()) await (await dispatcher).destroy()
      dispatchers.clear()
    },
  }
}

/** The host alone: what follows it may be a secret. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'the address')

const readAnswer = async ({ body }: Dispatcher.ResponseData): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    if (bytes > ANSWER_BYTES) {
      body.destroy()
      break
    }
  }
  return Buffer.concat(chunks).toString('utf8').replace(/\s+/g, ' ').trim().slice(0, ANSWER_CHARS)
}

const PASSING = new Set([408, 425, 429])

const judgeAnswer = (
  { host }: URL,
  { statusCode: status, headers }: Dispatcher.ResponseData,
  answer: string,
  now: Date,
): SendResult => {
  const said = `${host} answers ${status}${answer === '' ? '' : `: ${answer}`}`
  if (status >= 200 && status < 300) return { type: 'sent', detail: said }
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now)
  const retry = status >= 500 || PASSING.has(status) ? 'transient' : 'terminal'
  return { type: 'failed', retry, reason: said, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** Seconds, or a date (RFC 9110, 10.2.3); not more than an hour is believed. */
export const parseRetryAfter = (header: string | string[] | undefined, now: Date): number | undefined => {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined || text.trim() === '') return undefined
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 3_600_000)
}
