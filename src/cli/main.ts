import { homedir, hostname } from 'node:os'
import { Writable } from 'node:stream'
import { CommanderError } from 'commander'
import { systemClock, systemRandom } from '../base/system-clock.ts'
import { EXIT, toExitCode } from './exit-code.ts'
import { formatError } from './format-error.ts'
import { createProgram } from './program.ts'
import { createOutput, type Programs, type World } from './world.ts'

/** The command line: runs a command and gives the exit code. `programs` are those that it starts and is not made of. */
export const main = async (argv: readonly string[], programs: Programs): Promise<number> => {
  const interrupt = new AbortController()
  const onSignal = (): void => {
    // A second Ctrl-C does not wait for anything.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted)
    interrupt.abort(new Error('interrupted'))
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const world = createWorld(argv, programs, interrupt.signal)
  let exitCode: number = EXIT.nothingToReport
  try {
    const program = createProgram(world, (code) => {
      exitCode = code
    })
    if (argv[0] === 'complete') {
      const { runComplete } = await import('./commands/completion.ts')
      return await runComplete(argv.slice(1), program, world)
    }
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.nothingToReport : EXIT.error
    world.stderr.write(formatError(error, { debug: Boolean(process.env.LOCKSTEP_DEBUG) }))
    return interrupt.signal.aborted ? EXIT.interrupted : toExitCode(error)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

const createWorld = (argv: readonly string[], programs: Programs, signal: AbortSignal): World => {
  const { env } = process
  const color = !argv.includes('--no-color')
  return {
    env,
    cwd: process.cwd(),
    home: env.HOME || homedir(),
    holder: `${env.USER || env.LOGNAME || 'lockstep'}@${hostname()}/${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
    clock: systemClock,
    random: systemRandom,
    stdout: createOutput(process.stdout, env, { color }),
    stderr: createOutput(process.stderr, env, { color }),
    ...(process.stdin.isTTY && process.stderr.isTTY
      ? {
          ask: (question: string) => askUser(question, signal),
          askSecret: (question: string) => askUser(question, signal, { isSecret: true }),
        }
      : {}),
    signal,
    programs,
  }
}

const askUser = async (question: string, signal: AbortSignal, { isSecret = false } = {}): Promise<string> => {
  const { createInterface } = await import('node:readline/promises')
  const silent = new Writable({ write: (_, __, done) => done() })
  // What is typed is shown by readline, to its output alone, where it takes that for a terminal.
  const shown = isSecret ? { output: silent, terminal: true } : { output: process.stderr }
  const terminal = createInterface({ input: process.stdin, ...shown })
  if (isSecret) process.stderr.write(question)
  try {
    return await terminal.question(isSecret ? '' : question, { signal })
  } finally {
    terminal.close()
    if (isSecret) process.stderr.write('\n')
  }
}
