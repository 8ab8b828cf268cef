import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { createSourceError } from './errors.ts'

/** Options of {@link withFileLock}; the defaults suit a fetch over the network. */
export type FileLockOptions = {
  readonly signal?: AbortSignal | undefined
  /** How long to wait for others; 5 minutes by default. */
  readonly waitMs?: number
}

const POLL_MS = 50
const HEARTBEAT_MS = 5_000
/** A lock that was not touched for so long belongs to nobody, whatever its process id says. */
const STALE_MS = 60_000
const WAIT_MS = 300_000

/**
 * Runs `task` while holding a lock file that other processes respect. The holder touches the file; one whose process
 * is gone, or that has not been touched for a minute, is taken over. Two takers at the same moment can both hold it:
 * it saves work, what it guards must stand two writers.
 */
export const withFileLock = async <Result>(
  path: string,
  task: () => Promise<Result>,
  clock: Clock,
  options: FileLockOptions = {},
): Promise<Result> => {
  await acquire(path, clock, options)
  const ended = new AbortController()
  const beating = keepAlive(path, clock, ended.signal)
  try {
    return await task()
  } finally {
    ended.abort()
    await beating
    await rm(path, { force: true })
  }
}

const acquire = async (path: string, clock: Clock, { signal, waitMs = WAIT_MS }: FileLockOptions): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const deadline = clock.now().getTime() + waitMs
  while (!(await tryCreate(path))) {
    signal?.throwIfAborted()
    if (await isStale(path, clock)) await takeAway(path)
    else if (clock.now().getTime() >= deadline) throw toLockedError(path, waitMs)
    else await clock.sleep(POLL_MS, signal ? { signal } : {})
  }
}

const tryCreate = async (path: string): Promise<boolean> => {
  try {
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const isStale = async (path: string, clock: Clock): Promise<boolean> => {
  try {
    const { mtimeMs } = await stat(path)
    if (clock.now().getTime() - mtimeMs > STALE_MS) return true
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string }
    return host === hostname() && !isRunning(pid)
  } catch {
    // Gone, or not yet written: look again.
    return false
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

// By renaming, so that only one of several takers gets it.
const takeAway = async (path: string): Promise<void> => {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await rm(aside, { force: true })
}

const keepAlive = async (path: string, clock: Clock, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      await clock.sleep(HEARTBEAT_MS, { signal })
      await utimes(path, clock.now(), clock.now())
    } catch {
      // Ended, or taken away by somebody with another idea of time: the task goes on either way.
    }
  }
}

const toLockedError = (path: string, waitMs: number) =>
  createSourceError('SOURCE_LOCKED', `${path} was held by another process for more than ${waitMs / 1_000} s`, {
    subject: path,
    retry: 'transient',
    hint: 'wait for the other process, or remove the file if there is none',
  })
