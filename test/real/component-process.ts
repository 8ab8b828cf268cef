import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** A running program of the control plane. It ends when this process does, however that ends. */
export type ComponentProcess = {
  readonly pid: number
  /** Kills it and waits for its end. */
  readonly kill: () => Promise<void>
}

/** What to run. */
export type ComponentCommand = {
  /** For messages: `kube-apiserver of real-1`. */
  readonly name: string
  /** The control plane's binary. */
  readonly program: string
  readonly args: readonly string[]
  /** Takes both streams. */
  readonly logFile: string
  /** Told when it ends and nobody killed it. */
  readonly onFailure: (error: Error) => void
}

/**
 * Starts a part of the control plane that ends when this process does. It is in a session of its own: Ctrl-C reaches
 * us alone, and we stop things in their order.
 */
export const startComponent = ({ name, program, args, logFile, onFailure }: ComponentCommand): ComponentProcess => {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(program, ['child-of', `${process.pid}`, ...args], { stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  if (child.pid === undefined) throw new Error(`${program} cannot be run`)
  let isKilled = false
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  // A process killed by its number (a test that stops one cluster) did not fail.
  child.once('exit', (_, signal) => {
    if (!isKilled && signal !== 'SIGKILL') onFailure(new Error(`${name} ended:\n${readEnd(logFile)}`))
  })
  return {
    pid: child.pid,
    kill: () => {
      isKilled = true
      child.kill('SIGKILL')
      return exited
    },
  }
}

const readEnd = (file: string): string => readFileSync(file, 'utf8').slice(-3_000)
