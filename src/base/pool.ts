import { hash } from 'node:crypto'

/**
 * Equal values that many hold, each in memory once: the clusters of a fleet are mostly the same. What is given back may
 * be somebody else's, so nothing of it is ever changed.
 */
export type Pool = {
  /** An equal value that somebody holds already, or this one. It is forgotten when nobody holds it any more. */
  readonly share: <Value extends object>(value: Value) => Value
  /** Made once for a key, as long as somebody holds it. */
  readonly get: <Value extends object>(key: string, make: () => Value) => Value
  /** An equal text that was seen lately, or this one. */
  readonly text: (text: string) => string
}

/** Keys that are longer are held by their digest: they would double what a fleet of different clusters takes. */
const LONG_KEY = 64
const RECENT_TEXTS = 50_000

/** Opens an empty pool. */
export const createPool = (): Pool => {
  const held = new Map<string, WeakRef<object>>()
  const collected = new FinalizationRegistry<string>((key) => {
    if (held.get(key)?.deref() === undefined) held.delete(key)
  })
  let texts = new Map<string, string>()
  let older = new Map<string, string>()

  const get = <Value extends object>(key: string, make: () => Value): Value => {
    const known = held.get(key)?.deref() as Value | undefined
    if (known !== undefined) return known
    const made = make()
    held.set(key, new WeakRef(made))
    collected.register(made, key)
    return made
  }

  return {
    get,
    share: (value) => {
      const text = JSON.stringify(value)
      return get(text.length > LONG_KEY ? hash('sha256', text, 'base64') : text, () => value)
    },
    text: (text) => {
      const known = texts.get(text)
      if (known !== undefined) return known
      const kept = older.get(text) ?? text
      texts.set(kept, kept)
      if (texts.size >= RECENT_TEXTS) {
        older = texts
        texts = new Map()
      }
      return kept
    },
  }
}
