/** Lines that wait until somebody reads them. */
export type WatchQueue = {
  readonly push: (line: string) => void
  /** No more lines come; what waits is read still. */
  readonly end: () => void
  /** Breaks off: what waits is lost, and the reader gets the error. */
  readonly fail: (error: Error) => void
  /** To be read once. Leaving the loop calls `onClose`, as does the end. */
  readonly lines: AsyncIterable<string>
}

/** An empty queue. */
export const createWatchQueue = (onClose: () => void): WatchQueue => {
  let waiting: string[] = []
  let state: 'open' | 'ended' | Error = 'open'
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
        if (waiting.length > 0) {
          const lines = waiting.join('')
          waiting = []
          yield lines
        } else if (state === 'ended') return
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
    lines: { [Symbol.asyncIterator]: read },
  }
}
