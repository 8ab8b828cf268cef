import type { FieldSchema, ListSchema } from '../schema/field-schema.ts'
import { asFields, asItems, isFields, toItemElement, toStructure, type Value } from './typed.ts'

/** A live value with what is applied over it: scalars and atomic values as applied, the rest item by item and key by key. Pure. */
export const mergeTyped = (live: Value, applied: Value, schema: FieldSchema): Value => {
  if (applied === undefined) return live
  if (live === undefined || (schema.kind === 'any' && isFields(live) !== isFields(applied))) return applied
  const structure = toStructure(schema, applied)
  switch (structure.kind) {
    case 'leaf':
      return applied
    case 'items':
      return asItems(live).length === 0 && asItems(applied).length === 0
        ? applied
        : mergeItems(structure.list, asItems(live), asItems(applied))
    case 'keys': {
      const left = asFields(live)
      const right = asFields(applied)
      const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
      if (keys.length === 0) return applied
      return Object.fromEntries(keys.map((key) => [key, mergeTyped(left[key], right[key], structure.schemaOf(key))]))
    }
    default:
      return structure satisfies never
  }
}

/**
 * The items of both: in the order of the applied ones where they share some, the live ones that are not applied staying
 * where they are between them.
 */
const mergeItems = (list: ListSchema, live: readonly unknown[], applied: readonly unknown[]): unknown[] => {
  const lefts = live.map((item) => toItemElement(list, item) as string)
  const rights = applied.map((item) => toItemElement(list, item) as string)
  const countOf = (element: string): number => lefts.filter((left) => left === element).length
  // Items that share a key are not merged with an applied one: it replaces them.
  const liveItem = (element: string): unknown => (countOf(element) === 1 ? live[lefts.indexOf(element)] : undefined)
  const shared = rights.filter((element) => lefts.includes(element))
  const merged = new Set<string>()
  const out: unknown[] = []
  let next = shared.shift()
  const take = (element: string): void => {
    merged.add(element)
    out.push(mergeTyped(liveItem(element), applied[rights.indexOf(element)], list.items()))
  }
  for (let left = 0, right = 0; left < lefts.length || right < rights.length; ) {
    const old = lefts[left]
    const now = rights[right]
    if (old !== undefined && now !== undefined) {
      if (old === now) {
        take(old)
        left++
        right++
        next = shared.shift()
        continue
      }
      if (rights.includes(old) && next !== undefined && next !== old) {
        left++
        continue
      }
    }
    if (old !== undefined) {
      if (!rights.includes(old)) {
        out.push(live[left])
        left++
        continue
      }
      if (merged.has(old)) left++
    }
    if (now !== undefined) {
      take(now)
      right++
      if (next === now) next = shared.shift()
    }
  }
  return out
}
