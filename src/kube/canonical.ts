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

/** A digest of a JSON value, 22 characters (128 bits); keyed (HMAC) where the value is secret and could be guessed. */
export const digestJson = (value: unknown, key?: Buffer): string => {
  const hash = key ? createHmac('sha256', key) : createHash('sha256')
  return hash.update(formatCanonical(value)).digest('base64url').slice(0, 22)
}
