import { isDeepStrictEqual } from 'node:util'
import type { FieldSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { formatGo } from './format-go.ts'
import { assertObject } from './merge-patch.ts'
import { orderItems } from './order-items.ts'

type Fields = Record<string, unknown>

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_ITEMS = '$deleteFromPrimitiveList/'
const ORDER = '$setElementOrder/'

/**
 * An object with a strategic merge patch applied: lists merge by the keys that the kind's document gives, and directives
 * (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say more. Pure.
 */
export const applyStrategicPatch = (object: unknown, patch: unknown, schema: FieldSchema): unknown => {
  assertObject(patch)
  return mergeMap(isFields(object) ? object : {}, patch, schema)
}

const mergeMap = (original: Readonly<Fields>, patch: Readonly<Fields>, schema: FieldSchema): Fields => {
  const directive = patch[DIRECTIVE]
  if (directive === 'replace') return without(patch, DIRECTIVE)
  if (directive === 'delete') return {}
  if (directive !== undefined) throw fail(`unknown patch type: ${directive} in map: ${formatGo(patch)}`)
  const { merged, rest } = retainKeys(original, patch)
  const left = mergeOrdered(merged, rest, schema)
  for (const [key, value] of Object.entries(left)) {
    if (key.startsWith(DELETE_ITEMS)) {
      const name = key.slice(DELETE_ITEMS.length)
      const items = merged[name]
      if (Array.isArray(items) && Array.isArray(value))
        merged[name] = items.filter((item) => !value.some((gone) => isDeepStrictEqual(gone, item)))
    } else setField(merged, key, value, schema)
  }
  return merged
}

const setField = (merged: Fields, key: string, value: unknown, schema: FieldSchema): void => {
  if (value === null) {
    delete merged[key]
    return
  }
  const known = merged[key]
  const field = schemaOf(schema, key)
  if (isFields(known) && isFields(value)) {
    merged[key] = strategies(field).includes('replace') ? value : mergeMap(known, value, field)
    return
  }
  if (Array.isArray(known) && Array.isArray(value)) {
    merged[key] = strategies(field).includes('merge') ? mergeList(known, value, field) : value
    return
  }
  const plain = withoutDirectives(withoutNulls(value))
  if (plain === undefined) delete merged[key]
  else merged[key] = plain
}

/** `$retainKeys`: what is not named goes, and the patch may state nothing else. */
const retainKeys = (
  original: Readonly<Fields>,
  patch: Readonly<Fields>,
): { readonly merged: Fields; readonly rest: Readonly<Fields> } => {
  const names = patch[RETAIN_KEYS]
  if (names === undefined) return { merged: { ...original }, rest: patch }
  const rest = without(patch, RETAIN_KEYS)
  const isStated = ([key, value]: [string, unknown]): boolean =>
    value !== null && !key.startsWith(DELETE_ITEMS) && !key.startsWith(ORDER)
  const stated = Object.entries(rest)
    .filter(isStated)
    .map(([key]) => key)
  if (!Array.isArray(names) || stated.some((key) => !names.includes(key)))
    throw new StatusFailure(400, 'BadRequest', 'invalid patch format of retainKeys')
  return { merged: Object.fromEntries(Object.entries(original).filter(([key]) => names.includes(key))), rest }
}

/** Lists whose order the patch gives are merged and ordered; the other fields of the patch are given back. */
const mergeOrdered = (merged: Fields, patch: Readonly<Fields>, schema: FieldSchema): Readonly<Fields> => {
  const left: Fields = { ...patch }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER)) continue
    delete left[key]
    const name = key.slice(ORDER.length)
    if (!Array.isArray(order)) throw fail(`expected a []interface {}, but received a ${typeof order}`)
    const field = schemaOf(schema, name)
    const mergeKey = field.kind === 'list' ? field.patch?.mergeKey : undefined
    const [known, items] = [merged[name], left[name]]
    for (const list of [known, items])
      if (list !== undefined && !Array.isArray(list))
        throw fail(`expected a []interface {}, but received a ${list === null ? '%!s(<nil>)' : typeof list}`)
    assertOrdered((items ?? []) as unknown[], order, mergeKey)
    if (known === undefined && items === undefined) continue
    const joined =
      items === undefined
        ? (known as unknown[])
        : known === undefined
          ? (withoutDirectives(items) as unknown[])
          : strategies(field).includes('merge')
            ? mergeList(known as unknown[], items as unknown[], field)
            : (items as unknown[])
    merged[name] = orderItems(joined, order, (known ?? []) as unknown[], mergeKey)
    delete left[name]
  }
  return left
}

const assertOrdered = (items: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void => {
  if (items.length === 0 || order.length === 0) return
  const stated = items.filter((item) => !(isFields(item) && DIRECTIVE in item))
  let at = 0
  for (const one of order) if (at < stated.length && isSameItem(stated[at], one, mergeKey)) at++
  if (at < stated.length)
    throw fail(
      `The order in patch list:\n${formatGo(items)}\n doesn't match $setElementOrder list:\n${formatGo(order)}\n`,
    )
}

const mergeList = (original: readonly unknown[], patch: readonly unknown[], schema: FieldSchema): unknown[] => {
  if (original.length === 0 && patch.length === 0) return []
  const mergeKey = schema.kind === 'list' ? schema.patch?.mergeKey : undefined
  const isMaps = [...original, ...patch].some(isFields)
  if (!isMaps) {
    const merged = [...new Set([...original, ...patch])]
    return orderItems(merged, patch, original, undefined)
  }
  if (mergeKey === undefined) throw fail('cannot merge lists without merge key')
  const items = schema.kind === 'list' ? schema.items() : ({ kind: 'any' } as const)
  let merged = [...original]
  const stated: Fields[] = []
  let replaces = false
  for (const item of patch as Fields[]) {
    switch (item[DIRECTIVE]) {
      case undefined:
        stated.push(item)
        break
      case 'delete':
        requireKey(item, mergeKey)
        merged = merged.filter((one) => !isSameItem(one, item, mergeKey))
        break
      case 'replace':
        replaces = true
        break
      case 'merge':
        throw fail('merging lists cannot yet be specified in the patch')
      default:
        throw fail(`unknown patch type: ${item[DIRECTIVE]} in map: ${formatGo(item)}`)
    }
  }
  if (replaces) return stated
  for (const item of stated) {
    requireKey(item, mergeKey)
    const at = merged.findIndex((one) => isSameItem(one, item, mergeKey))
    if (at < 0) merged.push(item)
    else merged[at] = mergeMap(merged[at] as Fields, item, items)
  }
  return orderItems(merged, stated, original, mergeKey)
}

const requireKey = (item: Fields, mergeKey: string): void => {
  if (item[mergeKey] === undefined)
    throw fail(`map: ${formatGo(item)} does not contain declared merge key: ${mergeKey}`)
}

const isSameItem = (left: unknown, right: unknown, mergeKey: string | undefined): boolean =>
  mergeKey === undefined
    ? isDeepStrictEqual(left, right)
    : isFields(left) && isFields(right) && left[mergeKey] === right[mergeKey]

const strategies = (schema: FieldSchema): readonly string[] =>
  schema.kind === 'list' || schema.kind === 'struct' ? (schema.patch?.strategy ?? []) : []

const schemaOf = (schema: FieldSchema, key: string): FieldSchema => {
  if (schema.kind === 'struct') return schema.fields().get(key) ?? { kind: 'any' }
  return schema.kind === 'map' ? schema.values() : { kind: 'any' }
}

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isFields(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) => (below === null ? [] : [[key, withoutNulls(below)]])),
  )
}

/** Undefined where the value is a directive itself. */
const withoutDirectives = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined)
  if (!isFields(value)) return value
  if (DIRECTIVE in value) return undefined
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) => {
      const kept = withoutDirectives(below)
      return kept === undefined ? [] : [[key, kept]]
    }),
  )
}

const without = (fields: Readonly<Fields>, key: string): Fields => {
  const { [key]: _, ...rest } = fields
  return rest
}

const fail = (message: string): StatusFailure => new StatusFailure(500, '', message)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
