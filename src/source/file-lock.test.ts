import { spawnSync } from 'node:child_process'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import { withFileLock } from './file-lock.ts'
import { createTestFolder } from './testing/world.ts'

let folder: Awaited<ReturnType<typeof createTestFolder>>

beforeEach(async () => {
  folder = await createTestFolder()
})

afterEach(() => folder[Symbol.asyncDispose]())

const lockPath = (): string => join(folder.path, 'a.lock')

test('lets one in at a time, and leaves nothing behind', async () => {
  let inside = 0
  let most = 0
  const task = async (): Promise<void> => {
    inside++
    most = Math.max(most, inside)
    await systemClock.sleep(5)
    inside--
  }

  await Promise.all(Array.from({ length: 4 }, () => withFileLock(lockPath(), task, systemClock)))

  expect(most).toBe(1)
  expect(await readdir(folder.path)).toEqual([])
})

test('is free again after the task failed', async () => {
  const failing = withFileLock(lockPath(), () => Promise.reject(new Error('no')), systemClock)

  await expect(failing).rejects.toThrow('no')
  expect(await withFileLock(lockPath(), async () => 1, systemClock)).toBe(1)
})

test('takes over from a process that is gone', async () => {
  const { pid } = spawnSync('true')
  await writeFile(lockPath(), JSON.stringify({ pid, host: hostname() }))

  expect(await withFileLock(lockPath(), async () => 1, systemClock)).toBe(1)
})

test('takes over a lock that was not touched for long, whoever holds it', async () => {
  await writeFile(lockPath(), JSON.stringify({ pid: 1, host: 'elsewhere' }))
  await utimes(lockPath(), new Date(0), new Date(0))

  expect(await withFileLock(lockPath(), async () => 1, systemClock)).toBe(1)
})

test('gives up after a while, and at once when aborted', async () => {
  await writeFile(lockPath(), JSON.stringify({ pid: process.pid, host: hostname() }))

  await expect(withFileLock(lockPath(), async () => 1, systemClock, { waitMs: 0 })).rejects.toMatchObject({
    code: 'SOURCE_LOCKED',
    retry: 'transient',
  })
  const signal = AbortSignal.abort(new Error('stopped'))
  await expect(withFileLock(lockPath(), async () => 1, systemClock, { signal })).rejects.toThrow('stopped')
})
