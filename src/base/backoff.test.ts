import { expect, test } from 'vitest'
import { computeBackoff } from './backoff.ts'

const OPTIONS = { initialMs: 100, maxMs: 1_000 }

test('doubles up to the longest wait', () => {
  expect([0, 1, 2, 3, 4, 5_000].map((attempt) => computeBackoff(attempt, () => 0, OPTIONS))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ])
})

test('adds chance on top, never below', () => {
  expect(computeBackoff(0, () => 0.999, OPTIONS)).toBe(150)
  expect(computeBackoff(0, () => 0.999, { ...OPTIONS, jitter: 0 })).toBe(100)
})
