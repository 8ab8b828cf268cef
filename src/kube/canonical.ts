import { createHash, createHmac } from 'node:crypto'

/** JSON with sorted keys and without undefined members: equal text for equal values, whatever their order of keys. */
export const formatCanonical = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(formatCanonical).join(',')}]`
  const object = value as Record<string, unknown>
  const members: string[] = []
  for (const key of Object.keys(object).sort()) {
    if (object[key] !== undefined) members.push(`${JSON.stringify(key)}:${formatCanonical(object[key])}`)
  }
  return `{${members.join(',')}}`
}

/** How long {@link formatCanonical} makes a value, without making it; remembers every object and list it meets in `known`. */
export const measureCanonical = (value: unknown, known: WeakMap<object, number>): number => {
  if (value === null || typeof value !== 'object') return formatCanonical(value).length
  const before = known.get(value)
  if (before !== undefined) return before
  const sizes = Array.isArray(value)
    ? value.map((item) => measureCanonical(item, known))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => JSON.stringify(key).length + 1 + measureCanonical(item, known))
  const size = 2 + Math.max(0, sizes.length - 1) + sizes.reduce((sum, item) => sum + item, 0)
  known.set(value, size)
  return size
}

/** A digest of a JSON value, 22 characters (128 bits); keyed (HMAC) where the value is secret and could be guessed. */
export const digestJson = (value: unknown, key?: Buffer): string => {
  const hash = key ? createHmac('sha256', key) : createHash('sha256')
  return hash.update(formatCanonical(value)).digest('base64url').slice(0, 22)
}
