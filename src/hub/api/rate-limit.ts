import { isIPv6 } from 'node:net'
import type { Clock } from '../../base/clock.ts'

/** So many at once, and then so many a second. */
export type Rate = { readonly burst: number; readonly perSecond: number }

/** Counts what comes from whom. */
export type RateLimiter = {
  /** Takes one: 0 where there was one, otherwise the milliseconds until there is. */
  readonly take: (key: string) => number
}

/** Keys that are remembered. Whoever is forgotten has a full bucket again. */
const MAX_KEYS = 10_000

/** A bucket of tokens a key, which fills by itself. */
export const createRateLimiter = ({ burst, perSecond }: Rate, clock: Clock): RateLimiter => {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take: (key) => {
      const now = clock.now().getTime()
      const bucket = buckets.get(key) ?? { left: burst, at: now }
      const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1_000) * perSecond)
      const isFree = left >= 1
      // The latest last, so that the first is the one to forget.
      buckets.delete(key)
      buckets.set(key, { left: isFree ? left - 1 : left, at: now })
      if (buckets.size > MAX_KEYS) buckets.delete(buckets.keys().next().value as string)
      return isFree ? 0 : Math.ceil(((1 - left) / perSecond) * 1_000)
    },
  }
}

/** Whoever has one address of IPv6 has the 2^64 of its network. */
export const toAddressKey = (address: string): string => {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const rest = tail.split(':').filter((group) => group !== '')
  const zeros = address.includes('::') ? new Array<string>(8 - groups.length - rest.length).fill('0') : []
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`
}
