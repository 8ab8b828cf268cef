/**
 * Waits for work that others wait for as well: the signal ends this wait, with its reason, and leaves the work alone.
 */
export const untilAborted = async <Value>(work: Promise<Value>, signal?: AbortSignal): Promise<Value> => {
  if (!signal) return work
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
