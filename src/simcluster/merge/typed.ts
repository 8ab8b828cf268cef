import type { FieldSchema, ListSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { EMPTY_SET, type FieldNode, type FieldSet, type FieldSetBuilder, insertPath } from './field-set.ts'

/** A value that may be absent; `null` is a value. */
export type Value = unknown
/** Values by key. */
export type Fields = Readonly<Record<string, unknown>>

/** How a value merges: as a whole, item by item, or key by key. */
export type Structure =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'items'; readonly list: ListSchema }
  | {
      readonly kind: 'keys'
      readonly schemaOf: (key: string) => FieldSchema
      readonly isField: (key: string) => boolean
    }

/** Something that cannot be merged, and where. */
export type TypeProblem = { readonly path: string; readonly message: string }

const LEAF: Structure = { kind: 'leaf' }
const ANY: FieldSchema = { kind: 'any' }

/** The structure of a value of a schema; what is not told by the schema is deduced from the value. Pure. */
export const toStructure = (schema: FieldSchema, value: Value): Structure => {
  switch (schema.kind) {
    case 'scalar':
      return LEAF
    case 'list':
      return schema.topology === 'atomic' ? LEAF : { kind: 'items', list: schema }
    case 'map':
      return schema.atomic ? LEAF : { kind: 'keys', schemaOf: () => schema.values(), isField: () => false }
    case 'struct': {
      if (schema.atomic) return LEAF
      const fields = schema.fields()
      return { kind: 'keys', schemaOf: (key) => fields.get(key) ?? ANY, isField: (key) => fields.has(key) }
    }
    case 'any':
      return isFields(value) ? { kind: 'keys', schemaOf: () => ANY, isField: () => false } : LEAF
    default:
      return schema satisfies never
  }
}

/** Is the value an object? */
export const isFields = (value: Value): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value's keys; none where it is no object. */
export const asFields = (value: Value): Fields => (isFields(value) ? value : {})

/** The value's items; none where it is no list. */
export const asItems = (value: Value): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The path element that names an item of a set or keyed list; a message where there is none. */
export const toItemElement = (list: ListSchema, item: unknown): string | { readonly problem: string } => {
  if (list.topology === 'set') {
    if (item === null) return { problem: 'associative list without keys has an element that is an explicit null' }
    if (isFields(item)) return { problem: "associative list without keys has an element that's a map type" }
    if (Array.isArray(item)) return { problem: 'not supported: associative list with lists as elements' }
    return `v:${JSON.stringify(item)}`
  }
  if (item === null) return { problem: 'associative list with keys has an element that is an explicit null' }
  if (!isFields(item)) return { problem: 'associative list with keys may not have non-map elements' }
  const items = list.items()
  const fields = items.kind === 'struct' ? items.fields() : undefined
  const keys: Record<string, unknown> = {}
  for (const name of list.keys.toSorted()) {
    const value = item[name] ?? fields?.get(name)?.default
    if (value === undefined)
      return {
        problem: `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
      }
    keys[name] = value
  }
  return `k:${JSON.stringify(keys)}`
}

/** An item without the key that its list goes by: the object has no fields that anybody could own. */
export class UntypedItem extends StatusFailure {
  constructor(problem: string) {
    super(500, '', `failed to create typed live object: ${problem}`)
  }
}

/** Items by path element, in order; an element that is there more than once has all of its items. */
export const groupItems = (list: ListSchema, value: Value): Map<string, unknown[]> => {
  const groups = new Map<string, unknown[]>()
  for (const item of asItems(value)) {
    const element = toItemElement(list, item)
    if (typeof element !== 'string') throw new UntypedItem(element.problem)
    const known = groups.get(element)
    if (known) known.push(item)
    else groups.set(element, [item])
  }
  return groups
}

/** Every field that a value states. Pure. */
export const listFields = (value: Value, schema: FieldSchema): FieldSet => {
  const set: FieldSetBuilder = new Map()
  collectFields(value, schema, [], set)
  return set
}

const collectFields = (value: Value, schema: FieldSchema, path: string[], set: FieldSetBuilder): void => {
  const structure = toStructure(schema, value)
  switch (structure.kind) {
    case 'leaf':
      if (path.length > 0) insertPath(set, path)
      return
    case 'items':
      for (const [element, items] of groupItems(structure.list, value)) {
        path.push(element)
        if (items.length === 1) collectFields(items[0], structure.list.items(), path, set)
        insertPath(set, path)
        path.pop()
      }
      return
    case 'keys':
      for (const [key, below] of Object.entries(asFields(value))) {
        path.push(`f:${key}`)
        collectFields(below, structure.schemaOf(key), path, set)
        const isEmpty = below === null || (isFields(below) && Object.keys(below).length === 0)
        if (isEmpty || !structure.isField(key)) insertPath(set, path)
        path.pop()
      }
      return
    default:
      structure satisfies never
  }
}

/** The set with every named field on the way to one of its members. */
export const withNamedFields = (set: FieldSet, schema: FieldSchema): FieldSet => {
  const named = new Map<string, FieldNode>()
  for (const [element, { member, children }] of set) {
    const below = schemaBelow(schema, element)
    const isNamed = element.startsWith('f:') && schema.kind === 'struct' && schema.fields().has(element.slice(2))
    named.set(element, {
      member: member || (isNamed && children.size > 0),
      children: children.size === 0 ? EMPTY_SET : withNamedFields(children, below),
    })
  }
  return named
}

const schemaBelow = (schema: FieldSchema, element: string): FieldSchema => {
  const key = element.slice(2)
  if (element.startsWith('f:')) {
    if (schema.kind === 'struct') return schema.fields().get(key) ?? ANY
    return schema.kind === 'map' ? schema.values() : ANY
  }
  return element.startsWith('k:') && schema.kind === 'list' ? schema.items() : ANY
}
