import type { Clock } from './clock.ts'

/** A clock that stands until somebody moves it. */
export type VirtualClock = Clock & { readonly advance: (ms: number) => void; readonly set: (now: Date) => void }

/** Starts at `start`. */
export const createVirtualClock = (start: Date): VirtualClock => {
  let now = start.getTime()
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  return {
    now: () => new Date(now),
    sleep: (ms, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve }
        const abort = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        if (signal?.aborted) {
          abort()
          return
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
      }),
    set: (date) => {
      now = date.getTime()
    },
    advance: (ms) => {
      now += ms
      const woken = [...sleepers].filter(({ until }) => until <= now).sort((left, right) => left.until - right.until)
      for (const sleeper of woken) {
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    },
  }
}
