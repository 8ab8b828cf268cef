import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from './clock.ts'

/** The machine's clock. Only composition roots choose it. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, options) => {
    try {
      await sleep(ms, undefined, options)
    } catch (error) {
      options?.signal?.throwIfAborted()
      throw error
    }
  },
}

/** The machine's chance, from 0 up to 1: for jitter, not for secrets. */
export const systemRandom = (): number => Math.random()
