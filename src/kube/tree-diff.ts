import { type FieldPath, formatFieldPath, getItemKey, type PathSegment, toKeySegment } from './field-path.ts'
import type { ListKeys } from './managed-fields.ts'
import type { Json, JsonObject } from './object.ts'

/**
 * One difference between what is expected and what is live, at the topmost field where they part: `added` is only live,
 * `removed` only expected, `changed` is a leaf (or a list that is replaced as a whole) with another value, `reordered`
 * a keyed list whose common items stand in another order (values are then the keys in order).
 */
export type TreeDifference = {
  readonly path: FieldPath
  readonly change: 'added' | 'removed' | 'changed' | 'reordered'
  readonly expected?: Json
  readonly live?: Json
}

/** Options of {@link diffTrees}. */
export type DiffTreesOptions = {
  /** How lists merge; lists it does not name are compared as a whole. */
  readonly lists: ListKeys
  /** Says whether a node of the expected side stands for a value in another way, and if so whether live has that value. */
  readonly matchOpaque?: (expected: Json, live: Json) => boolean | undefined
}

/** All differences of two JSON trees, in the order of the expected side, then what is only live. Pure. */
export const diffTrees = (
  expected: Json | undefined,
  live: Json | undefined,
  options: DiffTreesOptions,
): TreeDifference[] => {
  const differences: TreeDifference[] = []
  diffNode(expected, live, [], '', options, differences)
  return differences
}

const diffNode = (
  expected: Json | undefined,
  live: Json | undefined,
  path: FieldPath,
  pattern: string,
  options: DiffTreesOptions,
  out: TreeDifference[],
): void => {
  const hasExpected = expected !== undefined && expected !== null
  const hasLive = live !== undefined && live !== null
  if (!hasExpected && !hasLive) return
  if (!hasExpected) {
    out.push({ path, change: 'added', live: live as Json })
    return
  }
  if (!hasLive) {
    out.push({ path, change: 'removed', expected })
    return
  }
  const opaque = options.matchOpaque?.(expected, live)
  if (opaque === true) return
  if (opaque === false) out.push({ path, change: 'changed', expected, live })
  else if (Array.isArray(expected) && Array.isArray(live)) diffLists(expected, live, path, pattern, options, out)
  else if (isMap(expected) && isMap(live)) diffMaps(expected, live, path, pattern, options, out)
  else if (expected !== live) out.push({ path, change: 'changed', expected, live })
}

const isMap = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

const diffMaps = (
  expected: JsonObject,
  live: JsonObject,
  path: FieldPath,
  pattern: string,
  options: DiffTreesOptions,
  out: TreeDifference[],
): void => {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(live)])) {
    const below = `${pattern}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`
    diffNode(expected[key], live[key], [...path, toKeySegment(key)], below, options, out)
  }
}

const diffLists = (
  expected: readonly Json[],
  live: readonly Json[],
  path: FieldPath,
  pattern: string,
  options: DiffTreesOptions,
  out: TreeDifference[],
): void => {
  const keys = options.lists[pattern]
  const expectedItems = keys && indexItems(expected, keys)
  const liveItems = keys && indexItems(live, keys)
  if (!expectedItems || !liveItems) {
    diffByIndex(expected, live, path, pattern, options, out)
    return
  }
  for (const [id, { segment, item }] of expectedItems) {
    diffNode(item, liveItems.get(id)?.item, [...path, segment], `${pattern}/*`, options, out)
  }
  for (const [id, { segment, item }] of liveItems) {
    if (!expectedItems.has(id)) out.push({ path: [...path, segment], change: 'added', live: item })
  }
  const before = [...expectedItems.keys()].filter((id) => liveItems.has(id))
  const after = [...liveItems.keys()].filter((id) => expectedItems.has(id))
  // A set has no order. The order of a keyed list is part of what was written: of initContainers and env it is the meaning.
  if (keys.length > 0 && before.some((id, at) => after[at] !== id)) {
    out.push({ path, change: 'reordered', expected: before, live: after })
  }
}

/**
 * Lists that are replaced as a whole have no names for their items: what both begin and end with is the same, and what is
 * left is told by index where it came, or where both have as many, and as the whole list otherwise.
 */
const diffByIndex = (
  expected: readonly Json[],
  live: readonly Json[],
  path: FieldPath,
  pattern: string,
  options: DiffTreesOptions,
  out: TreeDifference[],
): void => {
  const isSame = (left: number, right: number): boolean =>
    diffTrees(expected[left], live[right], { ...options, lists: {} }).length === 0
  if (expected.length === live.length) {
    expected.forEach((item, index) => {
      diffNode(item, live[index], [...path, { type: 'index', index }], `${pattern}/*`, options, out)
    })
    return
  }
  let start = 0
  while (start < Math.min(expected.length, live.length) && isSame(start, start)) start++
  let end = 0
  while (
    end < expected.length - start &&
    end < live.length - start &&
    isSame(expected.length - 1 - end, live.length - 1 - end)
  )
    end++
  if (start + end < expected.length || expected.length === 0) {
    out.push({ path, change: 'changed', expected, live })
    return
  }
  for (let index = start; index < live.length - end; index++) {
    out.push({ path: [...path, { type: 'index', index }], change: 'added', live: live[index] as Json })
  }
}

type Item = { readonly segment: PathSegment; readonly item: Json }

/** Items by the text of their keys; undefined where an item lacks them or two share them, so that only the whole can be compared. */
const indexItems = (list: readonly Json[], keys: readonly string[]): Map<string, Item> | undefined => {
  const items = new Map<string, Item>()
  for (const item of list) {
    const segment = toItemSegment(item, keys)
    if (!segment) return undefined
    const id = formatFieldPath([segment]).slice(1)
    if (items.has(id)) return undefined
    items.set(id, { segment, item })
  }
  return items
}

const toItemSegment = (item: Json, keys: readonly string[]): PathSegment | undefined => {
  if (keys.length === 0) return { type: 'value', value: item }
  if (!isMap(item)) return undefined
  const found: Record<string, Json> = {}
  for (const key of keys) {
    const value = getItemKey(item, key)
    // Some keys are optional (hostPort's protocol has a default; a port's name has not): the others still tell items apart.
    if (value !== undefined) found[key] = value
  }
  return Object.keys(found).length === 0 ? undefined : { type: 'item', keys: found }
}
