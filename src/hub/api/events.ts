import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createApiError } from '../../api/errors.ts'
import type { EVENT_OPERATIONS } from '../../api/events.ts'
import type { AuditRecord } from '../../audit/record.ts'
import type { AuditFilter } from '../../store/audit-trail.ts'
import { authorize } from './authorize.ts'
import type { Handlers, RouteContext } from './handler.ts'
import { toSecurityHeaders } from './security-headers.ts'
import { toClosed } from './to-closed.ts'

const POLL_MS = 250
const PAGE = 200
/** Proxies cut off what is silent; a caller sees that the hub is there, and how far it is. */
const BEAT_MS = 15_000
/** So long one who reads slowly may take to read what was sent; nothing more is kept for them meanwhile. */
const STALL_MS = 10_000
const MAX_STREAMS = 500
const MAX_STREAMS_EACH = 10

/** Audit records as they come. What other processes write is seen, too: the trail itself is what is followed. */
export const createEventHandlers = (): Handlers<typeof EVENT_OPERATIONS> => {
  const open = new Map<string, number>()
  let polling: Promise<number> | undefined

  const readHead = async ({ store }: RouteContext): Promise<number> => (await store.readHead())?.seq ?? 0

  /** The end of the trail a moment from now; one look for all who wait. */
  const poll = (deps: RouteContext): Promise<number> => {
    polling ??= deps.clock
      .sleep(POLL_MS, { signal: deps.closing })
      .then(() => readHead(deps))
      .finally(() => {
        polling = undefined
      })
    return polling
  }

  const hold = (key: string): Disposable => {
    const [own, all] = [open.get(key) ?? 0, [...open.values()].reduce((sum, count) => sum + count, 0)]
    if (own >= MAX_STREAMS_EACH || all >= MAX_STREAMS)
      throw createApiError('RATE_LIMITED', 'too many streams of events are open', {
        hint: 'close some, or use one for all clusters',
        retry: 'transient',
        details: { retryAfterS: 10 },
      })
    open.set(key, own + 1)
    return {
      [Symbol.dispose]: () => {
        const left = (open.get(key) ?? 1) - 1
        if (left === 0) open.delete(key)
        else open.set(key, left)
      },
    }
  }

  const follow = async (request: FastifyRequest, reply: FastifyReply, deps: RouteContext): Promise<void> => {
    const { after: given, ...filter } = request.query as { after?: number; cluster?: string; type?: string }
    const signal = AbortSignal.any([deps.closing, toClosed(reply)])
    let after = parseLastId(request.headers['last-event-id']) ?? given ?? (await readHead(deps))
    const start = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' }
    reply.raw.writeHead(200, { ...toSecurityHeaders({ isTls: request.protocol === 'https' }), ...start })
    await send(reply, 'retry: 2000\n\n', deps, signal)
    let beat = deps.clock.now().getTime()
    while (!signal.aborted) {
      const head = await readHead(deps)
      for await (const record of listFrom(deps, { ...filter, after })) {
        await send(reply, formatRecord(record), deps, signal)
        beat = deps.clock.now().getTime()
        after = record.seq
      }
      // What the filter left out is behind us, too.
      after = Math.max(after, head)
      while (!signal.aborted && (await poll(deps)) <= after) {
        if (deps.clock.now().getTime() - beat < BEAT_MS) continue
        if (!(await isStillAllowed(request, deps))) return
        await send(reply, `id: ${after}\n\n`, deps, signal)
        beat = deps.clock.now().getTime()
      }
    }
  }

  return {
    streamEvents: async (request, reply, deps) => {
      using _held = hold(request.principal?.key ?? '')
      reply.hijack()
      try {
        await follow(request, reply, deps)
      } catch (error) {
        // Whoever went away, or the hub that ends, needs no more of it.
        if (!deps.closing.aborted && !reply.raw.destroyed) deps.onError(error)
      } finally {
        reply.raw.destroy()
      }
      return reply
    },
  }
}

async function* listFrom(
  { store }: RouteContext,
  filter: AuditFilter & { after: number },
): AsyncGenerator<AuditRecord> {
  let { after } = filter
  for (;;) {
    const page = await store.listAudit({ ...filter, after, limit: PAGE })
    yield* page
    if (page.length < PAGE) return
    after = (page.at(-1) as AuditRecord).seq
  }
}

/** What is revoked, expired or signed out meanwhile hears no more. */
const isStillAllowed = async ({ headers }: FastifyRequest, { authenticate }: RouteContext): Promise<boolean> => {
  const identity = await authenticate(headers, { isUse: false })
  return identity.type === 'known' && authorize('read', identity.principal) === 'allowed'
}

/** Resolves when there is room for more; whoever does not read is cut off. */
const send = async (reply: FastifyReply, text: string, { clock }: RouteContext, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted()
  if (reply.raw.write(text)) return
  const done = new AbortController()
  const stalled = clock.sleep(STALL_MS, { signal: done.signal }).then(
    () => reply.raw.destroy(),
    () => undefined,
  )
  try {
    await once(reply.raw, 'drain', { signal })
  } finally {
    done.abort()
    await stalled
  }
}

const formatRecord = (record: AuditRecord): string =>
  `id: ${record.seq}\nevent: ${record.type.replace(/[\r\n]/g, ' ')}\ndata: ${JSON.stringify(record)}\n\n`

const parseLastId = (header: string | string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined
