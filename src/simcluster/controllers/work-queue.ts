import type { Clock } from '../../base/clock.ts'

/** Keys that wait to be worked on, now or at a time of the clock. A key waits once, however often it is added. */
export type WorkQueue = {
  readonly add: (key: string) => void
  /** Adds the key when so much time has passed; the earlier of two times counts. */
  readonly addAfter: (key: string, ms: number) => void
  /** The same after a failure: later at each in a row. */
  readonly retry: (key: string) => void
  /** Works until nothing is left that is due now, in the order of the keys; or until so many keys were worked on. */
  readonly drain: (limit?: number) => number
  /** When the next key is due that waits for its time, in milliseconds since 1970. */
  readonly nextDue: () => number | undefined
  readonly [Symbol.dispose]: () => void
}

/** What a queue works with. */
export type WorkQueueDeps = {
  readonly clock: Clock
  /** `failed`: try again later. */
  readonly work: (key: string) => 'done' | 'failed'
  /** Something is due: whoever owns the queue drains it, soon. */
  readonly onDue: () => void
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 300_000

/** An empty queue. */
export const createWorkQueue = ({ clock, work, onDue }: WorkQueueDeps): WorkQueue => {
  const ready = new Set<string>()
  const waiting = new Map<string, number>()
  const failures = new Map<string, number>()
  let sleeper: { readonly until: number; readonly ended: AbortController } | undefined
  let ended = false

  const nextDue = (): number | undefined => {
    let first: number | undefined
    for (const due of waiting.values()) if (first === undefined || due < first) first = due
    return first
  }

  const sleep = (): void => {
    const until = nextDue()
    if (until === sleeper?.until || ended) return
    sleeper?.ended.abort()
    sleeper = undefined
    if (until === undefined) return
    const current = { until, ended: new AbortController() }
    sleeper = current
    clock.sleep(Math.max(0, until - clock.now().getTime()), { signal: current.ended.signal }).then(
      () => {
        if (sleeper !== current) return
        sleeper = undefined
        collectDue()
        sleep()
      },
      // Another time is earlier now, or all has ended.
      () => {},
    )
  }

  const collectDue = (): void => {
    if (waiting.size === 0) return
    const now = clock.now().getTime()
    for (const [key, due] of waiting) {
      if (due > now) continue
      waiting.delete(key)
      add(key)
    }
  }

  const add = (key: string): void => {
    if (ended) return
    if (ready.size === 0) onDue()
    ready.add(key)
  }

  const addAfter = (key: string, ms: number): void => {
    if (ended) return
    if (ms <= 0) {
      add(key)
      return
    }
    const due = clock.now().getTime() + ms
    const known = waiting.get(key)
    if (known !== undefined && known <= due) return
    waiting.set(key, due)
    // Only an earlier time than the one slept for needs another sleep.
    if (sleeper === undefined || due < sleeper.until) sleep()
  }

  const retry = (key: string): void => {
    const count = failures.get(key) ?? 0
    failures.set(key, count + 1)
    addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** count, LAST_RETRY_MS))
  }

  const drain = (limit = Number.POSITIVE_INFINITY): number => {
    collectDue()
    let count = 0
    while (ready.size > 0 && !ended) {
      for (const key of [...ready].sort()) {
        if (count >= limit) {
          onDue()
          return count
        }
        if (!ready.delete(key)) continue
        count++
        if (work(key) === 'failed') retry(key)
        else failures.delete(key)
      }
    }
    return count
  }

  return {
    add,
    addAfter,
    retry,
    drain,
    nextDue,
    [Symbol.dispose]: () => {
      ended = true
      sleeper?.ended.abort()
      ready.clear()
      waiting.clear()
    },
  }
}
