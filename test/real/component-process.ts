import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from './wait-until.ts'

/** A running program of the control plane. It ends when this process does, however that ends. */
export type ComponentProcess = {
  /** Kills it and waits for its end. */
  readonly kill: () => Promise<void>
}

/** What to run. */
export type ComponentCommand = {
  /** `kube-apiserver`: what its files in the folder are named after. */
  readonly name: string
  /** Takes its log (both streams) and its process id. */
  readonly folder: string
  /** For messages: `kube-apiserver of real-1`. */
  readonly title: string
  /** The control plane's binary. */
  readonly program: string
  readonly args: readonly string[]
  /** Told when it ends and nobody killed it. */
  readonly onFailure: (error: Error) => void
}

/**
 * Starts a part of the control plane that ends when this process does. It is in a session of its own: Ctrl-C reaches
 * us alone, and we stop things in their order.
 */
export const startComponent = (command: ComponentCommand): ComponentProcess => {
  const { name, folder, title, onFailure } = command
  let isKilled = false
  let child: ChildProcess
  const ended = Promise.withResolvers<void>()
  const start = (): void => {
    child = spawnComponent(command)
    child.once('exit', (_, signal) => {
      if (!isKilled && takeRestartRequest(folder, name)) return start()
      // A process killed by its number (a test that stops one cluster) did not fail.
      if (!isKilled && signal !== 'SIGKILL') {
        onFailure(new Error(`${title} ended:\n${readFileSync(toLogFile(folder, name), 'utf8').slice(-3_000)}`))
      }
      ended.resolve()
    })
  }
  start()
  return {
    kill: () => {
      isKilled = true
      child.kill('SIGKILL')
      return ended.promise
    },
  }
}

/** The process id of a component, for whoever has the folder: not only for the process that started it. */
export const readComponentPid = (folder: string, name: string): number => {
  const pid = Number(readFileSync(toPidFile(folder, name), 'utf8'))
  // 0 would be our own process group.
  if (!(pid > 0)) throw new Error(`${toPidFile(folder, name)} has no process id`)
  return pid
}

/** Kills a component and has the process that started it start it again, with the same arguments. */
export const restartComponent = async (
  folder: string,
  name: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  const before = readComponentPid(folder, name)
  writeFileSync(toRestartFile(folder, name), '')
  process.kill(before, 'SIGKILL')
  await waitUntil(`${name} to be started again`, () => readComponentPid(folder, name) !== before, { signal })
}

const toLogFile = (folder: string, name: string): string => join(folder, `${name}.log`)
const toPidFile = (folder: string, name: string): string => join(folder, `${name}.pid`)
const toRestartFile = (folder: string, name: string): string => join(folder, `${name}.restart`)

const spawnComponent = ({ name, folder, program, args }: ComponentCommand): ChildProcess => {
  const log = openSync(toLogFile(folder, name), 'a', 0o600)
  const child = spawn(program, ['child-of', `${process.pid}`, ...args], { stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  if (child.pid === undefined) throw new Error(`${program} cannot be run`)
  const file = toPidFile(folder, name)
  writeFileSync(`${file}.new`, `${child.pid}`)
  renameSync(`${file}.new`, file)
  return child
}

const takeRestartRequest = (folder: string, name: string): boolean => {
  const file = toRestartFile(folder, name)
  const isAsked = existsSync(file)
  rmSync(file, { force: true })
  return isAsked
}
