import { isDeepStrictEqual } from 'node:util'

/** Lists whose items are told apart by their names. */
const NAMED_LISTS: ReadonlySet<string> = new Set(['workers', 'images'])
/** Fields that make sense only as a whole. */
const WHOLE_FIELDS: ReadonlySet<string> = new Set(['source', 'adopt'])
/** Values that go to an engine: their lists are replaced, as Helm does. */
const FOREIGN_FIELDS: ReadonlySet<string> = new Set(['values', 'tlas', 'extVars', 'variables'])

/**
 * An outer layer over an inner one: maps merge key by key, `workers` and `images` by name, other lists add up; a
 * source and `adopt` are replaced whole, and lists inside of values for an engine, too.
 */
export const mergeLayers = <Value extends object>(inner: Value, outer: Value): Value =>
  mergeMaps(inner, outer, mergeField)

/** Two JSON Schemas of parameters: the outer one may change a keyword of a parameter; `required` adds up. */
export const mergeParameters = (inner: object, outer: object): object =>
  mergeMaps(inner, outer, (key, a, b) =>
    key === 'required' && Array.isArray(a) && Array.isArray(b)
      ? addLists(a, b)
      : mergeForeign(key, a, b, mergeParameters),
  )

type MergeField = (key: string, inner: unknown, outer: unknown) => unknown

const mergeMaps = <Value extends object>(inner: Value, outer: Value, mergeOne: MergeField): Value => {
  const merged = { ...inner } as Record<string, unknown>
  for (const [key, value] of Object.entries(outer)) {
    merged[key] = Object.hasOwn(inner, key) ? mergeOne(key, merged[key], value) : value
  }
  return merged as Value
}

const mergeField: MergeField = (key, inner, outer) => {
  if (WHOLE_FIELDS.has(key)) return outer
  if (FOREIGN_FIELDS.has(key)) return mergeForeign(key, inner, outer)
  if (Array.isArray(inner) && Array.isArray(outer)) {
    return NAMED_LISTS.has(key) ? mergeNamed(inner, outer) : addLists(inner, outer)
  }
  return isMap(inner) && isMap(outer) ? mergeLayers(inner, outer) : outer
}

const mergeForeign = (
  _key: string,
  inner: unknown,
  outer: unknown,
  merge = (a: object, b: object): object => mergeMaps(a, b, mergeForeign as MergeField),
): unknown => (isMap(inner) && isMap(outer) ? merge(inner, outer) : outer)

const mergeNamed = (inner: readonly Named[], outer: readonly Named[]): Named[] => {
  const merged = new Map(inner.map((item) => [item.name, item]))
  for (const item of outer) {
    const known = merged.get(item.name)
    merged.set(item.name, known ? mergeLayers(known, item) : item)
  }
  return [...merged.values()]
}

const addLists = (inner: readonly unknown[], outer: readonly unknown[]): unknown[] => [
  ...inner,
  ...outer.filter((item) => !inner.some((known) => isDeepStrictEqual(known, item))),
]

type Named = { readonly name: string }

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
