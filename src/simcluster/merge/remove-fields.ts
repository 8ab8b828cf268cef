import type { FieldSchema } from '../schema/field-schema.ts'
import { EMPTY_SET, type FieldSet } from './field-set.ts'
import { asFields, asItems, toItemElement, toStructure, type Value } from './typed.ts'

/** A value without the fields of a set; what has nothing left is gone, too. Pure. */
export const removeFields = (value: Value, set: FieldSet, schema: FieldSchema): Value => {
  if (set.size === 0) return value
  const structure = toStructure(schema, value)
  switch (structure.kind) {
    case 'leaf':
      return schema.kind === 'scalar' || schema.kind === 'any' ? value : undefined
    case 'items': {
      const items = asItems(value).flatMap((item) => {
        const element = toItemElement(structure.list, item)
        const node = typeof element === 'string' ? set.get(element) : undefined
        if (node?.member) return []
        return [node ? removeFields(item, node.children, structure.list.items()) : item]
      })
      return items.length > 0 ? items : undefined
    }
    case 'keys': {
      const kept: [string, unknown][] = []
      for (const [key, below] of Object.entries(asFields(value))) {
        const node = set.get(`f:${key}`)
        if (node?.member) continue
        kept.push([
          key,
          node ? (removeFields(below, node.children ?? EMPTY_SET, structure.schemaOf(key)) ?? null) : below,
        ])
      }
      return kept.length > 0 ? Object.fromEntries(kept) : undefined
    }
    default:
      return structure satisfies never
  }
}
