/** Lines that wait until somebody reads them. */
export type WatchQueue = {
  readonly push: (line: string) => void
  /** No more lines come; what waits is read still. */
  readonly end: () => void
  /** Breaks off: what waits is lost, and the reader gets the error. */
  readonly fail: (error: Error) => void
  /** The reader gets nothing, not even the end, until `resume`. */
  readonly pause: () => void
  readonly resume: () => void
  /** To be read once. Leaving the loop calls `onClose`, as does the end. */
  readonly lines: AsyncIterable<string>
}

/** An empty queue. */
export const createWatchQueue = (onClose: () => void): WatchQueue => {
  let waiting: string[] = []
  let state: 'open' | 'ended' | Error = 'open'
  let isPaused = false
  let wake = (): void => {}
  const change = (next: typeof state): void => {
    if (state !== 'open') return
    state = next
    wake()
  }
  async function* read(): AsyncGenerator<string> {
    try {
      for (;;) {
        if (state instanceof Error) throw state
        if (!isPaused && waiting.length > 0) {
          const lines = waiting.join('')
          waiting = []
          yield lines
        } else if (!isPaused && state === 'ended') return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      onClose()
    }
  }
  return {
    push: (line) => {
      if (state !== 'open') return
      waiting.push(line)
      wake()
    },
    end: () => change('ended'),
    fail: (error) => change(error),
    pause: () => {
      isPaused = true
    },
    resume: () => {
      isPaused = false
      wake()
    },
    lines: { [Symbol.asyncIterator]: read },
  }
}
