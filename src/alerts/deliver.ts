import { computeBackoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { toError } from '../base/errors.ts'
import type { Receivers } from './open-receivers.ts'
import type { AlertStore, Delivery } from './outbox.ts'
import type { SendResult } from './receivers/receiver.ts'

/** The world of deliveries. */
export type DeliverDeps = {
  readonly store: Pick<
    AlertStore,
    'nextDelivery' | 'listPendingTargets' | 'noteAttempt' | 'endDelivery' | 'pruneDeliveries'
  >
  readonly receivers: Receivers
  readonly clock: Clock
  readonly random: () => number
  readonly actor: string
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
}

/** How deliveries went since the hub started, by target. */
export type DeliveryCounts = ReadonlyMap<
  string,
  { readonly sent: number; readonly failed: number; readonly dead: number }
>

/** Deliveries at work. */
export type Deliveries = AsyncDisposable & {
  /** There is something new in the outbox. */
  readonly wake: () => void
  readonly counts: () => DeliveryCounts
}

const BACKOFF = { initialMs: 2_000, maxMs: 600_000 }
/** What may pass is tried for a day, what will not a few times: somebody may be putting it right. */
const TRANSIENT_MS = 24 * 3_600_000
const TERMINAL_TRIES = 3
const SEND_MS = 30_000
/** Other programs write to the outbox, too: `lockstep alert retry`. */
const LOOK_MS = 5_000
const KEPT_MS = 7 * 24 * 3_600_000
const PRUNE_MS = 3_600_000

/**
 * Sends what is in the outbox, each receiver by itself and one message after the other, until the receiver took it or it is
 * given up. It is noted as sent after it was: a hub that is killed in between sends it again.
 */
export const startDeliveries = (deps: DeliverDeps): Deliveries => {
  const { store, clock, log } = deps
  const stop = new AbortController()
  const { signal } = stop
  const workers = new Map<string, Promise<void>>()
  const paused = new Map<string, number>()
  const counts = new Map<string, { sent: number; failed: number; dead: number }>()
  let woken = Promise.withResolvers<void>()
  const wake = (): void => {
    const before = woken
    woken = Promise.withResolvers<void>()
    before.resolve()
  }

  const count = (target: string, what: 'sent' | 'failed' | 'dead'): void => {
    const before = counts.get(target) ?? { sent: 0, failed: 0, dead: 0 }
    counts.set(target, { ...before, [what]: before[what] + 1 })
  }

  const note = async (delivery: Delivery, result: SendResult): Promise<void> => {
    const { id, target, attempts } = delivery
    const now = clock.now()
    const time = now.toISOString()
    const { actor } = deps
    if (result.type === 'sent') {
      count(target, 'sent')
      await store.endDelivery(id, { state: 'sent', actor, time })
      return
    }
    const { retry, reason: error, retryAfterMs = 0 } = result
    const isLast =
      retry === 'terminal'
        ? attempts + 1 >= TERMINAL_TRIES
        : now.getTime() - Date.parse(delivery.created) >= TRANSIENT_MS
    count(target, isLast ? 'dead' : 'failed')
    log('warn', isLast ? 'notification given up' : 'notification not delivered', { target, delivery: id, error })
    if (isLast) {
      await store.endDelivery(id, { state: 'dead', actor, time, error })
      return
    }
    if (retryAfterMs > 0) paused.set(target, now.getTime() + retryAfterMs)
    const waitMs = Math.max(retryAfterMs, computeBackoff(attempts, deps.random, BACKOFF))
    await store.noteAttempt(id, { due: new Date(now.getTime() + waitMs).toISOString(), error })
  }

  const attempt = async (delivery: Delivery): Promise<void> => {
    const receiver = deps.receivers.find(delivery.target)
    if (!receiver) {
      const reason = `no AlertPolicy has ${delivery.target} any more`
      await note({ ...delivery, attempts: TERMINAL_TRIES }, { type: 'failed', retry: 'terminal', reason })
      return
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)])
    const result = await receiver.send(delivery.notification, { signal: limit })
    // Cut off by the end of the hub: it is sent again when the hub is back, which may be once too often.
    if (!signal.aborted) await note(delivery, result)
  }

  /** Waits so long, or until there was something new since `news` was taken. */
  const pause = async (ms: number, news: Promise<void>): Promise<void> => {
    const waiting = new AbortController()
    const due = clock.sleep(ms, { signal: AbortSignal.any([signal, waiting.signal]) }).catch(() => undefined)
    await Promise.race([due, news])
    waiting.abort()
  }

  const work = async (target: string): Promise<void> => {
    while (!signal.aborted) {
      const news = woken.promise
      const delivery = await store.nextDelivery(target)
      if (!delivery) return
      const due = Math.max(Date.parse(delivery.due), paused.get(target) ?? 0)
      const waitMs = due - clock.now().getTime()
      if (waitMs <= 0) await attempt(delivery)
      // What is new may be due now, whatever waits.
      else await pause(Math.min(waitMs, LOOK_MS), news)
    }
  }

  const startWorkers = async (): Promise<void> => {
    for (const target of await store.listPendingTargets()) {
      if (workers.has(target)) continue
      const working = work(target).then(
        () => {
          workers.delete(target)
          // Something may have come while it was ending.
          wake()
        },
        (error: unknown) => {
          workers.delete(target)
          if (!signal.aborted) log('error', 'the outbox cannot be used', { target, error: toError(error).message })
        },
      )
      workers.set(target, working)
    }
  }

  const run = async (): Promise<void> => {
    let prunedAt = 0
    while (!signal.aborted) {
      const news = woken.promise
      try {
        await startWorkers()
        const now = clock.now().getTime()
        if (now - prunedAt >= PRUNE_MS) {
          prunedAt = now
          await store.pruneDeliveries(new Date(now - KEPT_MS).toISOString())
        }
      } catch (error) {
        log('error', 'the outbox cannot be used', { error: toError(error).message })
      }
      await pause(LOOK_MS, news)
    }
  }
  const running = run()

  return {
    wake,
    counts: () => counts,
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the hub ends'))
      wake()
      await running
      await Promise.allSettled([...workers.values()])
    },
  }
}
