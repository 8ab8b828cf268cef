import type { Clock } from '../base/clock.ts'
import { type Audit, type AuditEvent, toEventList } from './audit.ts'

/** How events are gathered, as the flags of the server say it. */
export type AuditWebhookOptions = {
  readonly clock: Clock
  /** Gets the JSON text of an `EventList`. What it throws loses the batch, as a webhook that does not answer does. */
  readonly send: (body: string) => Promise<void>
  /** 400 by default. */
  readonly maxBatchSize?: number
  /** 30 s by default. */
  readonly maxWaitMs?: number
}

/** Sends the events of a cluster in batches, as the server's audit webhook does. Disposing sends what waits. */
export const startAuditWebhook = (audit: Audit, options: AuditWebhookOptions): AsyncDisposable => {
  const { clock, send, maxBatchSize = 400, maxWaitMs = 30_000 } = options
  let waiting: AuditEvent[] = []
  let timer: AbortController | undefined
  let sent: Promise<void> = Promise.resolve()

  const flush = (): void => {
    timer?.abort()
    timer = undefined
    if (waiting.length === 0) return
    const body = JSON.stringify(toEventList(waiting))
    waiting = []
    sent = sent.then(() => send(body)).catch(() => {})
  }
  const startTimer = async (): Promise<void> => {
    const started = new AbortController()
    timer = started
    const { signal } = started
    try {
      await clock.sleep(maxWaitMs, { signal })
      flush()
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  const leave = audit.subscribe((event) => {
    waiting.push(event)
    if (waiting.length >= maxBatchSize) flush()
    else if (!timer) void startTimer()
  })
  return {
    [Symbol.asyncDispose]: async () => {
      leave()
      flush()
      await sent
    },
  }
}
