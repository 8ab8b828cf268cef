import { expect, test } from 'vitest'
import { computeExpandedSize } from './expanded-size.ts'

test('counts shared values as often as they are used', () => {
  const shared = [1, 2]

  expect(computeExpandedSize({ a: shared, b: shared })).toBe(7)
})

test('counts what no memory could hold', () => {
  let value: unknown = 'x'
  for (let level = 0; level < 200; level++) value = [value, value]

  expect(computeExpandedSize(value)).toBeGreaterThan(2 ** 200)
})

test('is infinite for a value that holds itself', () => {
  const value: Record<string, unknown> = {}
  value.self = { value }

  expect(computeExpandedSize(value)).toBe(Number.POSITIVE_INFINITY)
})
