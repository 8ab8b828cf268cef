import type { Clock } from '../base/clock.ts'

/** A stream that people or programs read. */
export type Output = {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  /** Columns. What another program reads is not cut for a screen: without a bound. */
  readonly width: number
  /** Lines, 24 where nobody knows. */
  readonly height: number
  readonly color: boolean
}

/** Starts a hub. What it can be told is its own: flags reach it as they were given. */
type StartHub = (
  given: {
    /** A configuration file. */
    readonly config?: string
    readonly flags: Readonly<Record<string, unknown>>
    /** What holds where neither flags nor the file say otherwise. */
    readonly defaults: {
      readonly fleet: () => string
      readonly data: string
      readonly cacheDir: string
      readonly name: string
    }
    readonly version: string
  },
  world: World,
) => Promise<void>

/** Programs that the command line starts, and that know nothing of it. */
export type Programs = { readonly hub: () => Promise<StartHub> }

/** Everything outside of the program, as `main` hands it to the commands. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  /** Unique to this run, for people: who holds a lease. */
  readonly holder: string
  readonly clock: Clock
  readonly random: () => number
  readonly stdout: Output
  readonly stderr: Output
  /** Asks the user; absent where nobody sits at a terminal. */
  readonly ask?: (question: string) => Promise<string>
  /** The same, and what is typed is not shown. */
  readonly askSecret?: (question: string) => Promise<string>
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  readonly programs: Programs
}

/** An output of a process stream. What nobody reads any more (`| head`) is dropped quietly. */
export const createOutput = (
  stream: NodeJS.WriteStream,
  env: World['env'],
  options: { readonly color: boolean },
): Output => {
  let isClosed = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    isClosed = true
  })
  const isTerminal = stream.isTTY === true
  return {
    write: (text) => {
      if (!isClosed) stream.write(text)
    },
    isTerminal,
    width: (isTerminal ? stream.columns : 0) || Number(env.COLUMNS) || (isTerminal ? 80 : Number.POSITIVE_INFINITY),
    height: (isTerminal ? stream.rows : 0) || Number(env.LINES) || 24,
    color: options.color && isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
  }
}
