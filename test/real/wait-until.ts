import { setTimeout as sleep } from 'node:timers/promises'

/** Options of {@link waitUntil}. */
export type WaitOptions = {
  /** 30 seconds by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

const POLL_MS = 50

/**
 * Asks again and again until there is an answer (neither `undefined` nor `false`), and gives it back. `what` completes
 * the sentence "waited too long for …"; the last error of `check` is its cause.
 */
export const waitUntil = async <Answer>(
  what: string,
  check: () => Promise<Answer | undefined | false> | Answer | undefined | false,
  { timeoutMs = 30_000, signal }: WaitOptions = {},
): Promise<Answer> => {
  const deadline = Date.now() + timeoutMs
  let cause: unknown
  for (;;) {
    signal?.throwIfAborted()
    try {
      const answer = await check()
      if (answer !== undefined && answer !== false) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (Date.now() > deadline) throw new Error(`Waited too long for ${what}`, { cause })
    await sleep(POLL_MS)
  }
}
