import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** What a run of the command line gave. */
export type LockstepRun = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

const BIN = join(import.meta.dirname, '..', '..', '..', 'bin', 'lockstep.mjs')

/** Runs the real command line, in a folder, with an environment of its own. */
export const runLockstep = async (
  args: readonly string[],
  options: {
    readonly cwd: string
    readonly env?: Readonly<Record<string, string>>
    /** Called with everything written to stderr so far; may send a signal. */
    readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
  },
): Promise<LockstepRun> => {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: options.cwd, XDG_CACHE_HOME: join(options.cwd, '.cache'), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    options.onStderr?.(stderr, (signal) => child.kill(signal))
  })
  const { promise, resolve, reject } = Promise.withResolvers<LockstepRun>()
  child.on('error', reject)
  child.on('close', (code) => resolve({ exitCode: code ?? -1, stdout, stderr }))
  return promise
}
