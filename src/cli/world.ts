import type { Clock } from '../base/clock.ts'
import type { ProviderOptions } from '../clusters/connect-cluster.ts'

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

/** What a hub is started with, of what the command line knows. */
type StartHub = (
  options: {
    readonly fleet: string
    readonly branch?: string
    readonly copyDir: string
    readonly cacheDir: string
    readonly allowPrivate?: readonly string[]
    readonly pollMs: number
    readonly name: string
    readonly dataDir: string
    readonly version: string
    readonly access: Omit<ProviderOptions, 'fleetFolder'>
    readonly connectTimeoutMs: number
    readonly pushCheckpoints?: boolean
    readonly listen: string
    readonly webhookSecretFile?: string
    readonly tls?: { readonly certFile: string; readonly keyFile: string }
    readonly logFormat: 'text' | 'json'
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
