import { isDeepStrictEqual } from 'node:util'
import type { FieldSchema, ListSchema } from '../schema/field-schema.ts'
import { type FieldSet, type FieldSetBuilder, insertPath } from './field-set.ts'
import { asFields, asItems, groupItems, isFields, toStructure, type Value } from './typed.ts'

/** What changed between two values; no field is in more than one of the sets. */
export type Comparison = { readonly added: FieldSet; readonly modified: FieldSet; readonly removed: FieldSet }

type Building = {
  readonly added: FieldSetBuilder
  readonly modified: FieldSetBuilder
  readonly removed: FieldSetBuilder
}

/** Compares two values of one schema. Pure. */
export const compareTyped = (before: Value, after: Value, schema: FieldSchema): Comparison => {
  const building: Building = { added: new Map(), modified: new Map(), removed: new Map() }
  compareValues(before, after, schema, [], building)
  return building
}

/** Absent is undefined; at least one of the two is there. */
const compareValues = (before: Value, after: Value, schema: FieldSchema, path: string[], into: Building): void => {
  // What is the same value needs no look at its parts.
  if (before === after) return
  if (!compareParts(before, after, schema, path, into)) {
    if (before !== undefined && after !== undefined && !isDeepStrictEqual(before, after))
      insertPath(into.modified, path)
  }
  if (path.length === 0) return
  if (before === undefined) insertPath(into.added, path)
  else if (after === undefined) insertPath(into.removed, path)
}

/** Goes into items and keys; false where the value is a leaf. */
const compareParts = (before: Value, after: Value, schema: FieldSchema, path: string[], into: Building): boolean => {
  const structure = toStructure(schema, after ?? before)
  if (schema.kind === 'any' && before !== undefined && after !== undefined && isFields(before) !== isFields(after)) {
    // A value that changed its kind: what was below it is gone, or new, with it.
    const below = isFields(before) ? [before, {}] : [{}, after]
    if (Object.keys(asFields(below[0])).length + Object.keys(asFields(below[1])).length === 0) return false
    compareParts(below[0], below[1], schema, path, into)
    // To null, what was there stays whose it was.
    return before === null || after === null
  }
  switch (structure.kind) {
    case 'leaf':
      return false
    case 'items':
      if (asItems(before).length === 0 && asItems(after).length === 0) return false
      compareItems(structure.list, before, after, path, into)
      return true
    case 'keys': {
      const left = asFields(before)
      const right = asFields(after)
      const keys = new Set([...Object.keys(left), ...Object.keys(right)])
      if (keys.size === 0) return false
      for (const key of keys) {
        path.push(`f:${key}`)
        compareValues(left[key], right[key], structure.schemaOf(key), path, into)
        path.pop()
      }
      return true
    }
    default:
      return structure satisfies never
  }
}

const compareItems = (list: ListSchema, before: Value, after: Value, path: string[], into: Building): void => {
  const left = groupItems(list, before)
  const right = groupItems(list, after)
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const old = left.get(element) ?? []
    const now = right.get(element) ?? []
    path.push(element)
    if (old.length <= 1 && now.length <= 1) compareValues(old[0], now[0], list.items(), path, into)
    // Items that share a key are compared as one leaf.
    else if (old.length >= 2 && now.length >= 2) {
      if (!isDeepStrictEqual(old, now)) insertPath(into.modified, path)
    } else if (old.length >= 2) {
      if (now.length > 0) compareValues(undefined, now[0], list.items(), path, into)
      insertPath(into.removed, path)
    } else {
      if (old.length > 0) compareValues(old[0], undefined, list.items(), path, into)
      insertPath(into.added, path)
    }
    path.pop()
  }
}
