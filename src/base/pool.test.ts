import { expect, test } from 'vitest'
import { createPool } from './pool.ts'

test('equal values are one value, and different ones stay two', () => {
  const pool = createPool()
  const first = pool.share({ labels: { app: 'web' } })
  const long = pool.share({ text: 'x'.repeat(500) })

  expect(pool.share({ labels: { app: 'web' } })).toBe(first)
  expect(pool.share({ labels: { app: 'api' } })).toEqual({ labels: { app: 'api' } })
  expect(pool.share({ text: 'x'.repeat(500) })).toBe(long)
  expect(pool.share({ text: 'x'.repeat(501) })).not.toBe(long)
})

test('what a key names is made once', () => {
  const pool = createPool()
  const made: object[] = []
  const make = (): object => {
    made.push({})
    return made.at(-1) as object
  }

  expect(pool.get('a', make)).toBe(pool.get('a', make))
  expect(made).toHaveLength(1)
})

test('texts stay equal while old ones are forgotten', () => {
  const pool = createPool()
  const texts = Array.from({ length: 120_000 }, (_, index) => `text-${index}`)

  expect(texts.map((text) => pool.text(text))).toEqual(texts)
})
