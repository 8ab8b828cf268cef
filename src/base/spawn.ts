import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { LockstepError } from './errors.ts'

/** How a command is run. Nothing is inherited: the environment is exactly `env`. */
export type CommandOptions = {
  readonly cwd?: string
  /** The whole environment. A `file` without a slash is looked up in its `PATH`. */
  readonly env: Readonly<Record<string, string>>
  readonly input?: string | Buffer
  readonly timeoutMs: number
  /** Limit of stdout and stderr together; beyond it the command is killed and is an error. */
  readonly maxOutputBytes: number
  /** Limit of the memory that the command may write to, where the system has `prlimit`; ignored elsewhere. */
  readonly memoryBytes?: number
  /** Exit codes that are answers rather than errors; 0 alone by default. */
  readonly exitCodes?: readonly number[]
  readonly signal?: AbortSignal
}

/** What a command gave. */
export type CommandResult = { readonly stdout: Buffer; readonly stderr: string; readonly exitCode: number }

const PRLIMIT = '/usr/bin/prlimit'
const PRLIMIT_CANNOT_EXECUTE = /^prlimit: failed to execute/m
/** How much of stderr an error's message repeats. */
const STDERR_TAIL = 2_000

/**
 * Runs a program with an argument vector, never through a shell, in a process group of its own that is killed as a
 * whole on timeout, abort or too much output. Errors: `COMMAND_NOT_FOUND`, `COMMAND_TIMEOUT`, and `COMMAND_FAILED`
 * with `exitCode`, `signal` and `stderr` in its details.
 */
export const runCommand = async (
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> => {
  options.signal?.throwIfAborted()
  const child = startCommand(file, args, options)
  const output = collectOutput(child, options.maxOutputBytes)
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    killGroup(child)
  }, options.timeoutMs)
  const abort = (): void => killGroup(child)
  options.signal?.addEventListener('abort', abort)
  try {
    const { exitCode, signal } = await waitForExit(child, options.input)
    const stderr = Buffer.concat(output.stderr).toString()
    options.signal?.throwIfAborted()
    if (timedOut) throw toTimeoutError(file, options.timeoutMs)
    if (output.exceeded) throw toFailedError(file, `wrote more than ${options.maxOutputBytes} bytes`, {})
    if (exitCode !== 0 && PRLIMIT_CANNOT_EXECUTE.test(stderr)) throw toNotFoundError(file)
    if (exitCode === null || !(options.exitCodes ?? [0]).includes(exitCode)) {
      const end = exitCode === null ? `was killed by ${signal}` : `ended with exit code ${exitCode}`
      throw toFailedError(file, end, { exitCode, signal, stderr })
    }
    return { stdout: Buffer.concat(output.stdout), stderr, exitCode }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', abort)
  }
}

const startCommand = (file: string, args: readonly string[], options: CommandOptions): ChildProcess => {
  const limited = options.memoryBytes !== undefined && existsSync(PRLIMIT)
  const [command, vector] = limited
    ? [PRLIMIT, [`--data=${options.memoryBytes}`, '--', file, ...args]]
    : [file, [...args]]
  return spawn(command, vector, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what the command starts (git its helpers) is killed with it.
    detached: true,
    windowsHide: true,
  })
}

const collectOutput = (child: ChildProcess, limit: number) => {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0, exceeded: false }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      output.bytes += chunk.length
      if (output.bytes <= limit) output[name].push(chunk)
      else if (!output.exceeded) {
        output.exceeded = true
        killGroup(child)
      }
    })
  }
  return output
}

const waitForExit = (
  child: ChildProcess,
  input: string | Buffer | undefined,
): Promise<{ exitCode: number | null; signal: string | null }> =>
  new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' || error.code === 'EACCES' ? toNotFoundError(child.spawnfile, error) : error)
    })
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
    // A command that ends without reading its input closes the pipe: its exit code says what that means.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })

const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: the group is gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const toNotFoundError = (file: string, cause?: unknown): LockstepError =>
  new LockstepError('COMMAND_NOT_FOUND', `${file} cannot be run: there is no such program`, {
    subject: file,
    hint: `install ${basename(file)}, or correct the path`,
    cause,
  })

const toTimeoutError = (file: string, timeoutMs: number): LockstepError =>
  new LockstepError('COMMAND_TIMEOUT', `${basename(file)} took longer than ${timeoutMs / 1_000} s and was stopped`, {
    subject: file,
    retry: 'transient',
  })

const toFailedError = (
  file: string,
  reason: string,
  details: { readonly exitCode?: number | null; readonly signal?: string | null; readonly stderr?: string },
): LockstepError => {
  const said = details.stderr?.trim().slice(-STDERR_TAIL)
  return new LockstepError('COMMAND_FAILED', `${basename(file)} ${reason}${said ? `: ${said}` : ''}`, {
    subject: file,
    details,
  })
}
