import type { Clock } from '../base/clock.ts'

/** Remembers what was asked for, while it is under way and for a while after. */
export type Memo<Value> = (key: string, compute: () => Promise<Value>) => Promise<Value>

/** One answer per key within `ttlMs`, so that everything in one run sees the same; failures are not remembered. */
export const createMemo = <Value>(clock: Clock, ttlMs: number): Memo<Value> => {
  const entries = new Map<string, { readonly value: Promise<Value>; readonly at: number }>()
  return (key, compute) => {
    const now = clock.now().getTime()
    const known = entries.get(key)
    if (known && now - known.at < ttlMs) return known.value
    const value = compute()
    const entry = { value, at: now }
    entries.set(key, entry)
    value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key)
    })
    return value
  }
}
