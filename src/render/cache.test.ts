import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createRenderCache } from './cache.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockstep-cache-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('renders once for all that ask at the same time, and gives them the same value', async () => {
  const cache = createRenderCache(folder)
  let renders = 0
  const render = async () => ({ count: ++renders })

  const [first, second] = await Promise.all([cache.get('ab', render), cache.get('ab', render)])

  expect(first).toEqual({ count: 1 })
  expect(second).toBe(first)
  expect(await cache.get('ab', render)).toBe(first)
})

test('keeps what was rendered for the next process', async () => {
  await createRenderCache(folder).get('ab', async () => ({ count: 1 }))

  expect(await createRenderCache(folder).get('ab', async () => ({ count: 2 }))).toEqual({ count: 1 })
})

test('tries again after a rendering that failed', async () => {
  const cache = createRenderCache(folder)

  await expect(cache.get('ab', async () => Promise.reject(new Error('no')))).rejects.toThrow('no')

  expect(await cache.get('ab', async () => ({ count: 1 }))).toEqual({ count: 1 })
})
