import { expect, test } from 'vitest'
import { untilAborted } from './until-aborted.ts'

test('gives what the work gives', async () => {
  const { signal } = new AbortController()

  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
  expect(await untilAborted(Promise.resolve(2))).toBe(2)
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
})

test('ends one wait and not the others', async () => {
  const controller = new AbortController()
  const { promise: work, resolve } = Promise.withResolvers<string>()
  const impatient = untilAborted(work, controller.signal)
  const patient = untilAborted(work, new AbortController().signal)

  controller.abort(new Error('enough'))
  resolve('done')

  await expect(impatient).rejects.toThrow('enough')
  expect(await patient).toBe('done')
  await expect(untilAborted(work, controller.signal)).rejects.toThrow('enough')
})
