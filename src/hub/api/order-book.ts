import { randomUUID } from 'node:crypto'
import { createApiError, createNotFound } from '../../api/errors.ts'
import type { AnswerOf } from '../../api/operation.ts'
import type { ORDER_OPERATIONS } from '../../api/orders.ts'
import { type ReportOf, toReportData } from '../../api/report-data.ts'
import type { Clock } from '../../base/clock.ts'
import { toError, toErrorData } from '../../base/errors.ts'

/** Something that the hub was asked to do, and what became of it. */
export type Order = AnswerOf<(typeof ORDER_OPERATIONS)['getOrder']>

/** The orders of a hub that runs. They are in no store: what they did is in the trail and among the changes. */
export type OrderBook = {
  /** Begins it, and gives its name. */
  readonly start: <Kind extends keyof ReportOf>(
    kind: Kind,
    asked: { readonly clusters: readonly string[]; readonly actor: string },
    work: () => Promise<ReportOf[Kind]>,
  ) => string
  /** As it is when it is done, or after this time. */
  readonly get: (id: string, options: { readonly waitMs: number; readonly signal: AbortSignal }) => Promise<Order>
}

/** Of those that are done: so many, and so long. Reports of a large fleet are large. */
const REMEMBERED = 50
const REMEMBERED_MS = 600_000
/** More would only wait for one another. */
const RUNNING = 50

/** An empty book. */
export const createOrderBook = (clock: Clock): OrderBook => {
  const orders = new Map<string, { order: Order; readonly done: Promise<void> }>()
  const now = (): string => clock.now().toISOString()

  const forget = (): void => {
    const done = [...orders.values()].map(({ order }) => order).filter(({ state }) => state !== 'running')
    const since = new Date(clock.now().getTime() - REMEMBERED_MS).toISOString()
    for (const [at, { id, ended = '' }] of done.entries())
      if (at < done.length - REMEMBERED || ended < since) orders.delete(id)
    if (orders.size - done.length < RUNNING) return
    throw createApiError('RATE_LIMITED', 'too many orders are under way', { retry: 'transient' })
  }

  return {
    start: (kind, asked, work) => {
      forget()
      const id = randomUUID()
      const update = (change: Partial<Order>): void => {
        const known = orders.get(id)
        if (known) known.order = { ...known.order, ...change, ended: now() }
      }
      const done = work().then(
        (report) => update({ state: 'done', report: toReportData(report) }),
        (error) => update({ state: 'failed', error: toErrorData(toError(error)) }),
      )
      orders.set(id, { order: { id, kind, ...asked, state: 'running', started: now() }, done })
      return id
    },
    get: async (id, { waitMs, signal }) => {
      const found = orders.get(id)
      if (!found) throw createNotFound('order', id)
      if (waitMs > 0) {
        const waiting = new AbortController()
        const due = clock.sleep(waitMs, { signal: AbortSignal.any([signal, waiting.signal]) }).catch(() => undefined)
        await Promise.race([found.done, due])
        waiting.abort()
      }
      return found.order
    },
  }
}
