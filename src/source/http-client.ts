import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { isLockstepError, toError } from '../base/errors.ts'
import { findProxy } from '../base/proxy.ts'
import { createSourceError } from './errors.ts'
import type { SourceDeps } from './source-deps.ts'
import type { UrlGuard } from './url-guard.ts'

/** One GET. */
export type HttpGet = {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent to this origin alone, wherever redirects lead. */
  readonly authorization?: { readonly origin: string; readonly value: string } | undefined
  readonly maxBytes: number
  /** Takes the answer compressed; for texts. */
  readonly compressed?: boolean
  readonly signal?: AbortSignal | undefined
}

/** One answer, read: a success, or a status that the caller has to judge (304, 401, 403, 404). */
export type HttpAnswer = {
  /** After redirects. */
  readonly url: URL
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** HTTP for fetching: guarded, bounded, without state. */
export type HttpClient = AsyncDisposable & { readonly get: (url: URL, options: HttpGet) => Promise<HttpAnswer> }

const MAX_REDIRECTS = 5
const TIMEOUT_MS = 30_000
const CALLERS_STATUSES = new Set([304, 400, 401, 403, 404])

/** A client whose connections, redirected ones as well, go only where the guard lets them. */
export const createHttpClient = ({
  guard,
  env,
}: Pick<SourceDeps, 'env'> & { readonly guard: UrlGuard }): HttpClient => {
  const dispatchers = new Map<string | undefined, Promise<Dispatcher>>()

  const useDispatcher = (proxy: string | undefined): Promise<Dispatcher> => {
    const known = dispatchers.get(proxy)
    if (known) return known
    // Loaded with the first request: most runs find everything in the cache.
    const created = import('undici').then(({ Agent, ProxyAgent }) => {
      const options = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS }
      if (proxy !== undefined) return new ProxyAgent({ ...options, uri: proxy })
      return new Agent({ ...options, connect: { lookup: guard.lookup, timeout: TIMEOUT_MS } })
    })
    dispatchers.set(proxy, created)
    return created
  }

  const send = async (url: URL, options: HttpGet): Promise<Dispatcher.ResponseData> => {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw toSchemeError(url)
    guard.assertScheme(url)
    guard.assertLiteral(url.hostname)
    const dispatcher = await useDispatcher(findProxy(url, env))
    const { authorization, compressed, headers, signal } = options
    return dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: {
        'user-agent': 'lockstep',
        ...headers,
        ...(compressed ? { 'accept-encoding': 'gzip' } : {}),
        ...(authorization?.origin === url.origin ? { authorization: authorization.value } : {}),
      },
      ...(signal ? { signal } : {}),
    })
  }

  const get = async (start: URL, options: HttpGet): Promise<HttpAnswer> => {
    let url = start
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await send(url, options)
      const location = response.headers.location
      if (response.statusCode < 300 || response.statusCode === 304 || location === undefined) {
        return readAnswer(url, response, options)
      }
      await response.body.dump()
      url = new URL(String(location), url)
    }
    throw createSourceError('SOURCE_UNREACHABLE', `${formatUrl(start)} redirects without end`, {
      subject: formatUrl(start),
    })
  }

  return {
    get: async (url, options) => {
      try {
        return await get(url, options)
      } catch (error) {
        options.signal?.throwIfAborted()
        throw isLockstepError(error) ? error : toUnreachableError(url, toError(error))
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const dispatcher of dispatchers.values()) await (await dispatcher).destroy()
      dispatchers.clear()
    },
  }
}

const readAnswer = async (url: URL, response: Dispatcher.ResponseData, options: HttpGet): Promise<HttpAnswer> => {
  const { statusCode: status, headers } = response
  if (status >= 300 && !CALLERS_STATUSES.has(status)) {
    await response.body.dump()
    throw createSourceError('SOURCE_UNREACHABLE', `${formatUrl(url)} answers ${status}`, {
      subject: formatUrl(url),
      retry: status === 429 || status >= 500 ? 'transient' : 'terminal',
    })
  }
  const raw = await readBody(url, response.body, options.maxBytes)
  const body = headers['content-encoding'] === 'gzip' && options.compressed ? await unpack(url, raw, options) : raw
  return { url, status, headers, body }
}

const readBody = async (url: URL, body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBytes) {
      body.destroy()
      throw toTooLargeError(url, maxBytes)
    }
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

const unpack = async (url: URL, packed: Buffer, { maxBytes }: HttpGet): Promise<Buffer> => {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw toTooLargeError(url, maxBytes)
    throw error
  }
}

/** A URL for messages: without user, password and query, where tokens may be. */
export const formatUrl = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

const toTooLargeError = (url: URL, maxBytes: number) =>
  createSourceError('SOURCE_TOO_LARGE', `${formatUrl(url)} is larger than ${maxBytes / 1024 / 1024} MiB`, {
    subject: formatUrl(url),
  })

const toSchemeError = (url: URL) =>
  createSourceError('SOURCE_URL_REFUSED', `${url.protocol}//${url.host} is neither https nor http`, {
    subject: url.host,
  })

const toUnreachableError = (url: URL, cause: Error) =>
  createSourceError('SOURCE_UNREACHABLE', `${formatUrl(url)} cannot be reached: ${cause.message}`, {
    subject: formatUrl(url),
    retry: 'transient',
    hint: 'check the network and the URL',
    cause,
  })
