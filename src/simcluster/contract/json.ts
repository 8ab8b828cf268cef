import type { Json, JsonObject } from '../../kube/object.ts'

/** Whether a value is a map. */
export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A map with another merged into it, maps below too; null removes. */
export const mergeJson = (base: Json, change: Json): Json => {
  if (!isJsonObject(base) || !isJsonObject(change)) return change
  const merged: Record<string, Json> = { ...(base as Record<string, Json>) }
  for (const [key, value] of Object.entries(change) as [string, Json][]) {
    if (value === null) delete merged[key]
    else merged[key] = mergeJson(merged[key] ?? {}, value)
  }
  return merged
}

/** Every text in a value, keys and all, through a function; maps in the order of their keys. */
export const mapTexts = (value: Json, change: (text: string) => string): Json => {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [change(key), mapTexts(below as Json, change)]))
}

/** Calls back for every value below a value, with the key it is at. */
export const visitJson = (value: Json, visit: (value: Json, key: string) => void, key = ''): void => {
  visit(value, key)
  if (Array.isArray(value)) for (const item of value) visitJson(item, visit, key)
  else if (isJsonObject(value)) for (const [name, below] of Object.entries(value)) visitJson(below as Json, visit, name)
}

/** One leaf, or topmost field, in which two values part. */
export type JsonDifference = { readonly path: string; readonly expected?: Json; readonly actual?: Json }

/** Everything in which two values part. Null and absent are two things. */
export const diffJson = (expected: Json | undefined, actual: Json | undefined, path = ''): JsonDifference[] => {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return Array.from({ length: Math.max(expected.length, actual.length) }, (_, index) =>
      diffJson(expected[index], actual[index], `${path}[${index}]`),
    ).flat()
  }
  if (isJsonObject(expected) && isJsonObject(actual)) {
    return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((key) =>
      diffJson(expected[key], actual[key], /^[\w-]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`),
    )
  }
  if (Object.is(expected, actual)) return []
  return [
    {
      path: path.replace(/^\./, ''),
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
    },
  ]
}
