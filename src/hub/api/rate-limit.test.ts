import { expect, test } from 'vitest'
import { createVirtualClock } from '../../base/virtual-clock.ts'
import { createRateLimiter, toAddressKey } from './rate-limit.ts'

test('a bucket gives what is in it, and fills with time', () => {
  const clock = createVirtualClock(new Date(0))
  const limiter = createRateLimiter({ burst: 2, perSecond: 0.5 }, clock)

  expect([limiter.take('a'), limiter.take('a'), limiter.take('a')]).toEqual([0, 0, 2_000])
  expect(limiter.take('b')).toBe(0)
  clock.advance(1_500)
  expect(limiter.take('a')).toBe(500)
  clock.advance(500)
  expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 2_000])
  clock.advance(1_000_000)
  expect([limiter.take('a'), limiter.take('a'), limiter.take('a')]).toEqual([0, 0, 2_000])
})

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, key) => {
  expect(toAddressKey(address)).toBe(key)
})
