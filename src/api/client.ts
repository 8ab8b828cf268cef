import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { isLockstepError, LockstepError, type Retry, toError } from '../base/errors.ts'
import { createApiError } from './errors.ts'
import type { AnswerOf, InputOf, Operation } from './operation.ts'
import { OPERATIONS, type OperationId } from './operations.ts'
import type { Problem } from './problem.ts'

/** Where a hub is, and how it is spoken to. */
export type HubClientOptions = {
  /** `https://hub.example.com`, with a path where a proxy puts it below one. */
  readonly url: string
  /** Absent for what is public. */
  readonly token?: string
  readonly userAgent: string
  /** PEM of the authority that vouches for the hub, where the system does not know it. */
  readonly ca?: string
  /** The proxy on the way to it. */
  readonly proxy?: string
  /** How long the hub may take to answer; 30 s by default. */
  readonly timeoutMs?: number
  /** Waits: where it is given, what was too much at once is asked again. */
  readonly pause?: (ms: number, options: Options) => Promise<void>
}

type Table = typeof OPERATIONS
/** What is answered as JSON, or with nothing. */
type CallId = { [Id in OperationId]: Table[Id]['answer'] extends 'raw' ? never : Id }[OperationId]
type RawId = Exclude<OperationId, CallId>
/** What is answered a page at a time. */
type PageId = {
  [Id in CallId]: AnswerOf<Table[Id]> extends { readonly items: readonly unknown[]; readonly next?: string }
    ? Id
    : never
}[CallId]
type ItemOf<Id extends PageId> = AnswerOf<Table[Id]> extends { readonly items: readonly (infer Item)[] } ? Item : never
type Options = { readonly signal?: AbortSignal }

/** A client of one hub. Refusals are {@link LockstepError}s with the code that the hub told. */
export type HubClient = AsyncDisposable & {
  readonly call: <Id extends CallId>(
    id: Id,
    input: InputOf<Table[Id]>,
    options?: Options,
  ) => Promise<AnswerOf<Table[Id]>>
  /** The items of all pages from the one that `input` names. */
  readonly iterate: <Id extends PageId>(
    id: Id,
    input: InputOf<Table[Id]>,
    options?: Options,
  ) => AsyncGenerator<ItemOf<Id>, void, undefined>
  /** An answer without end, as it comes. */
  readonly stream: <Id extends RawId>(
    id: Id,
    input: InputOf<Table[Id]>,
    options: Options & { readonly headers: Readonly<Record<string, string>> },
  ) => Promise<AsyncIterable<Uint8Array>>
}

type Input = {
  readonly params?: Readonly<Record<string, unknown>> | undefined
  readonly query?: Readonly<Record<string, unknown>> | undefined
  readonly body?: unknown
}
type Answer = { readonly status: number; readonly etag: string | undefined; readonly text: string }

const MAX_REMEMBERED = 100
const MAX_REMEMBERED_CHARS = 100_000
const ATTEMPTS = 5
const PAUSE_MS = 1_000
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** Connections are made when first needed. */
export const createHubClient = (options: HubClientOptions): HubClient => {
  const base = new URL(options.url)
  const prefix = base.pathname.replace(/\/+$/, '')
  let dispatcher: Dispatcher | undefined
  /** What was answered before, by path: the hub says so where it did not change. */
  const remembered = new Map<string, Answer>()

  const dispatch = (
    { method }: Operation,
    path: string,
    { body }: Input,
    { signal, ...rest }: Options & { readonly headers: Readonly<Record<string, string>> },
  ): Promise<Dispatcher.ResponseData> => {
    dispatcher ??= createDispatcher(options)
    return dispatcher.request({
      origin: base.origin,
      path: prefix + path,
      method,
      headers: {
        'user-agent': options.userAgent,
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...rest.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  }

  const send = async (operation: Operation, path: string, input: Input, callOptions: Options): Promise<Answer> => {
    const known = operation.method === 'GET' ? remembered.get(path) : undefined
    const { statusCode, headers, body } = await dispatch(operation, path, input, {
      ...callOptions,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
      },
    })
    const text = await readText(body)
    if (statusCode === 304 && known) return known
    const etag = headers.etag === undefined ? undefined : String(headers.etag)
    const answer = { status: statusCode, etag, text }
    if (etag !== undefined && statusCode === 200 && text.length <= MAX_REMEMBERED_CHARS) {
      remembered.delete(path)
      remembered.set(path, answer)
      if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string)
    }
    return answer
  }

  const call = async (id: OperationId, input: Input, callOptions: Options = {}): Promise<unknown> => {
    const operation: Operation = OPERATIONS[id]
    const path = toPath(operation, input)
    try {
      for (let attempt = 1; ; attempt++) {
        const { status, text } = await send(operation, path, input, callOptions)
        if (status === 429 && options.pause && attempt < ATTEMPTS) {
          await options.pause(attempt * PAUSE_MS, callOptions)
          continue
        }
        if (status < 200 || status > 299) throw toRefusal(status, text, base)
        return status === 204 ? undefined : parseJson(text, base)
      }
    } catch (error) {
      callOptions.signal?.throwIfAborted()
      throw isLockstepError(error) ? error : toUnreachable(base, toError(error))
    }
  }

  return {
    call: call as HubClient['call'],
    iterate: async function* (id: PageId, input: Input, callOptions?: Options) {
      let cursor = input.query?.cursor
      do {
        const query = { ...input.query, ...(cursor === undefined ? {} : { cursor }) }
        const page = (await call(id, { ...input, query }, callOptions)) as { items: unknown[]; next?: string }
        yield* page.items
        cursor = page.next
      } while (cursor !== undefined)
    } as HubClient['iterate'],
    stream: async (id, input, callOptions) => {
      const operation: Operation = OPERATIONS[id]
      try {
        const { statusCode, body } = await dispatch(operation, toPath(operation, input), input, callOptions)
        if (statusCode !== 200) throw toRefusal(statusCode, await readText(body), base)
        return toReachable(body, base)
      } catch (error) {
        callOptions.signal?.throwIfAborted()
        throw isLockstepError(error) ? error : toUnreachable(base, toError(error))
      }
    },
    [Symbol.asyncDispose]: async () => {
      await dispatcher?.destroy()
      dispatcher = undefined
    },
  }
}

const createDispatcher = ({ ca, proxy, timeoutMs = 30_000 }: HubClientOptions): Dispatcher => {
  const tls = ca === undefined ? {} : { ca }
  const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connectTimeout: timeoutMs }
  return proxy === undefined
    ? new Agent({ ...timeouts, connect: tls })
    : new ProxyAgent({ ...timeouts, uri: proxy, requestTls: tls })
}

const toPath = ({ path }: Operation, { params = {}, query = {} }: Input): string => {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined)
      .map((one): [string, string] => [name, String(one)]),
  )
  return pairs.length === 0 ? filled : `${filled}?${new URLSearchParams(pairs)}`
}

const readText = async (body: Dispatcher.ResponseData['body']): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}

/** A stream that breaks off is a hub that went away. */
async function* toReachable(body: AsyncIterable<Uint8Array>, base: URL): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body
  } catch (error) {
    throw toUnreachable(base, toError(error))
  }
}

const parseJson = (text: string, { origin }: URL): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw createApiError('HUB_ANSWER_INVALID', `${origin} does not answer as a hub does`, { subject: origin, cause })
  }
}

const toRefusal = (status: number, text: string, base: URL): LockstepError => {
  const { code, detail, subject, hint, retry, errors } = parseProblem(text)
  if (code === undefined || detail === undefined)
    return createApiError('HUB_ANSWER_INVALID', `${base.origin} answers ${status}, not as a hub does`, {
      subject: base.origin,
      hint: 'check the address: it is that of a hub, without /api',
      retry: status >= 500 ? 'transient' : 'terminal',
    })
  return new LockstepError(code, detail, {
    ...(subject === undefined ? {} : { subject }),
    ...(hint === undefined ? {} : { hint }),
    retry: retry as Retry,
    details: { status, ...(errors ? { errors } : {}) },
  })
}

const parseProblem = (text: string): Partial<Problem> => {
  try {
    return (JSON.parse(text) ?? {}) as Partial<Problem>
  } catch {
    return {}
  }
}

const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH)/

const toUnreachable = ({ origin }: URL, cause: Error & { readonly code?: unknown }): LockstepError => {
  if (TLS.test(String(cause.code)))
    return createApiError('HUB_TLS', `no trusted connection to the hub ${origin}: ${cause.message.split(';')[0]}`, {
      subject: origin,
      hint: 'name the authority that vouches for the hub with --ca-file, and see that the address is the one it vouches for',
      cause,
    })
  return createApiError('HUB_UNREACHABLE', `the hub ${origin} cannot be reached: ${cause.message}`, {
    subject: origin,
    hint: 'check the address and the network, and that the hub runs',
    retry: 'transient',
    cause,
  })
}
