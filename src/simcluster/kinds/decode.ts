import type { FieldSchema, ScalarSchema, StructSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { formatQuantity } from './quantity.ts'

/** What decoding a built-in object came by. */
export type Decoded = {
  readonly value: Readonly<Record<string, unknown>>
  readonly unknown: readonly string[]
  /** Whether empty lists or maps were left out, which Go tells from none until they are stored. */
  readonly emptied: boolean
}

type Context = {
  readonly kind: string
  readonly version: string
  readonly unknown: string[]
  emptied: boolean
}

/**
 * A built-in object as the server's Go types hold it and write it again: structs that are no pointers are there, zeros and
 * empty lists of optional fields are not, quantities and times have their canonical form. Fails with 400 where a value is
 * of the wrong type. Pure.
 */
export const decodeBuiltIn = (
  body: Readonly<Record<string, unknown>>,
  schema: FieldSchema,
  type: { readonly kind: string; readonly version: string },
): Decoded => {
  const context: Context = { ...type, unknown: [], emptied: false }
  if (schema.kind !== 'struct') return { value: body, unknown: [], emptied: false }
  const value = decodeStruct(body, schema, '', context) as Record<string, unknown>
  return { value, unknown: context.unknown, emptied: context.emptied }
}

/** Values that were found to be as the server writes them, with their schema. What is kept is never changed. */
const settled = new WeakMap<object, FieldSchema>()

/** The very value that is given, where there is nothing to do: what is kept of an object is not looked at again. */
const decodeStruct = (value: unknown, schema: StructSchema, path: string, context: Context): unknown => {
  const given = value as Readonly<Record<string, unknown>>
  if (settled.get(given) === schema) return given
  const fields = schema.fields()
  const keys = Object.keys(given)
  const decode = (key: string, field: FieldSchema): unknown =>
    decodeField(given[key] ?? undefined, field, { path: join(path, key), owner: schema, key }, context)
  // In the order they are given: what is unknown is told in that order.
  const stated = new Map<string, unknown>()
  for (const key of keys) {
    const field = fields.get(key)
    if (field === undefined) context.unknown.push(join(path, key))
    else stated.set(key, decode(key, field))
  }
  const decoded: Record<string, unknown> = {}
  let count = 0
  let isSame = true
  for (const [key, field] of fields) {
    const kept = stated.has(key) ? stated.get(key) : decode(key, field)
    if (kept === undefined) continue
    decoded[key] = kept
    isSame &&= given[key] === kept
    count++
  }
  if (!isSame || count !== keys.length) return decoded
  settled.set(given, schema)
  return given
}

type Place = { readonly path: string; readonly owner: StructSchema; readonly key: string }

const decodeField = (value: unknown, field: FieldSchema, place: Place, context: Context): unknown => {
  const isRequired = place.owner.required.includes(place.key)
  // A scalar whose default is its zero is one that Go always writes.
  if (field.kind === 'scalar' && field.default !== undefined && isZero(field.default) && !isRequired && !isName(place))
    return value === undefined ? field.default : decodeValue(value, field, place.path, place.owner, context)
  if (value === undefined)
    return isLeftOut(place) ? undefined : toZero(field, isRequired || isAlwaysWritten(place, context), context)
  const decoded = decodeValue(value, field, place.path, place.owner, context)
  if (isRequired) return decoded
  if (field.kind === 'scalar') return field.pointer || !isZero(decoded) ? decoded : undefined
  if ((field.kind === 'list' || field.kind === 'map') && isEmpty(decoded)) {
    if (!place.path.startsWith('metadata.') && !DEFAULTED.has(place.path)) context.emptied = true
    // Of a Role: who states an empty list owns it, though null is what is stored.
    if (place.path === 'rules') return decoded
    return isAlwaysWritten(place, context) ? null : undefined
  }
  return decoded
}

/** Lists that get their default where they are empty. */
const DEFAULTED = new Set(['spec.policyTypes'])

/** The name of a reference, which Go leaves out where it is empty though its default is. */
const isName = ({ owner, key }: Place): boolean =>
  key === 'name' && /(LocalObjectReference|KeySelector|EnvSource|Projection)$/.test(owner.name ?? '')

const toZero = (field: FieldSchema, isRequired: boolean, context: Context): unknown => {
  if (field.kind === 'struct') return field.default === undefined ? undefined : decodeStruct({}, field, '', context)
  // A time that is no pointer is written as null.
  if (isTime(field) && !(field.pointer && !isRequired)) return null
  if (!isRequired) return undefined
  if (field.default !== undefined) return field.default
  if (field.kind !== 'scalar') return null
  return field.format === 'quantity' ? '0' : toZeroScalar(field)
}

const isTime = (field: FieldSchema): field is ScalarSchema =>
  field.kind === 'scalar' && field.format?.includes('time') === true

/** Lists that Go writes as null where there are none, though nothing says that they are required. */
const isAlwaysWritten = ({ path, owner, key }: Place, { kind }: Context): boolean =>
  (key === 'sources' && owner.name?.endsWith('.ProjectedVolumeSource')) ||
  ALWAYS_WRITTEN[kind]?.some((name) => path === name || path === `status.${name}`) === true

const ALWAYS_WRITTEN: Readonly<Record<string, readonly string[]>> = {
  Role: ['rules'],
  ClusterRole: ['rules'],
  HorizontalPodAutoscaler: ['currentMetrics'],
}

/** The one time that Go leaves out though it is no pointer. */
const isLeftOut = ({ owner, key }: Place): boolean =>
  key === 'creationTimestamp' && owner.name?.endsWith('.ObjectMeta') === true

const toZeroScalar = ({ type }: ScalarSchema): unknown => (type === 'boolean' ? false : type === 'string' ? '' : 0)

const decodeValue = (
  value: unknown,
  schema: FieldSchema,
  path: string,
  owner: StructSchema,
  context: Context,
): unknown => {
  switch (schema.kind) {
    case 'any':
      return value
    case 'scalar':
      return decodeScalar(value, schema, path, owner, context)
    case 'list': {
      if (!Array.isArray(value)) throw mismatch(value, toGoType(schema), path, owner, context)
      const items = schema.items()
      const decoded = value.map((item, index) =>
        item === null
          ? toNullItem(items, context)
          : decodeValue(item, items, items.kind === 'struct' ? `${path}[${index}]` : path, owner, context),
      )
      return decoded.every((item, at) => item === value[at]) ? value : decoded
    }
    case 'map': {
      if (!isMap(value)) throw mismatch(value, toGoType(schema), path, owner, context)
      const values = schema.values()
      const decoded = Object.entries(value).map(([key, below]) => {
        const at = values.kind === 'scalar' ? path : join(path, key)
        return [key, below === null ? toNullItem(values, context) : decodeValue(below, values, at, owner, context)]
      })
      return decoded.every(([key, below]) => value[key as string] === below) ? value : Object.fromEntries(decoded)
    }
    case 'struct':
      if (!isMap(value)) throw mismatch(value, toGoType(schema), path, owner, context)
      return decodeStruct(value, schema, path, context)
    default:
      return schema satisfies never
  }
}

const toNullItem = (schema: FieldSchema, context: Context): unknown => {
  if (schema.kind === 'struct') return decodeStruct({}, schema, '', context)
  if (schema.kind !== 'scalar') return null
  return toZeroScalar(schema)
}

const decodeScalar = (
  value: unknown,
  schema: ScalarSchema,
  path: string,
  owner: StructSchema,
  context: Context,
): unknown => {
  const isNumber = typeof value === 'number'
  switch (schema.type) {
    case 'int-or-string': {
      if (!isNumber && typeof value !== 'string') throw mismatch(value, 'intstr.IntOrString', path, owner, context)
      if (schema.format !== 'quantity') return value
      const text = formatQuantity(value as string | number)
      if (text === undefined)
        throw unreadable(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
          context,
        )
      return text
    }
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, 'string', path, owner, context)
      if (schema.format === 'date-time') return formatTime(value, MICRO_TIMES.test(path), context)
      if (schema.format === 'byte') assertBase64(value, context)
      return schema.format === 'quantity' ? (formatQuantity(value) ?? value) : value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, 'bool', path, owner, context)
      return value
    case 'integer':
    case 'number':
      if (!isNumber)
        throw mismatch(value, schema.type === 'number' ? 'float64' : (schema.format ?? 'int64'), path, owner, context)
      if (schema.type === 'integer' && !Number.isInteger(value))
        throw mismatch(value, schema.format ?? 'int64', path, owner, context, `number ${value}`)
      return value
    default:
      return schema.type satisfies never
  }
}

const assertBase64 = (text: string, context: Context): void => {
  const bare = text.replaceAll(/[\r\n]/g, '')
  const illegal = bare.search(/[^A-Za-z0-9+/=]/)
  const at = illegal >= 0 ? illegal : bare.length % 4 === 0 ? -1 : bare.length - (bare.length % 4)
  if (at >= 0) throw unreadable(`illegal base64 data at input byte ${at}`, context)
}

/** The schemas of the server do not tell these from other times. They want their microseconds. */
const MICRO_TIMES = /(^|\.)(acquireTime|renewTime|eventTime|lastObservedTime)$/

/** Times are kept to the second, micro times to the microsecond. */
const formatTime = (text: string, isMicro: boolean, context: Context): string => {
  const date = new Date(text)
  const layout = `2006-01-02T15:04:05${isMicro ? '.000000' : ''}Z07:00`
  if (Number.isNaN(date.getTime()) || (isMicro && !/\.\d{6}/.test(text)))
    throw unreadable(`parsing time ${JSON.stringify(JSON.stringify(text)).slice(1, -1)} as "${layout}"`, context)
  const [, fraction] = /\.(\d+)/.exec(text) ?? []
  const seconds = date.toISOString().slice(0, 19)
  return fraction === undefined ? `${seconds}Z` : `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}

const mismatch = (
  value: unknown,
  goType: string,
  path: string,
  owner: StructSchema,
  context: Context,
  got = toJsonType(value),
): StatusFailure =>
  unreadable(
    `json: cannot unmarshal ${got} into Go struct field ${toShortName(owner) ?? context.kind}.${path.replaceAll(/\[\d+\]/g, '')} of type ${goType}`,
    context,
  )

const unreadable = (message: string, { kind, version }: Context): StatusFailure =>
  new StatusFailure(
    400,
    'BadRequest',
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${message}`,
  )

const toJsonType = (value: unknown): string => {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'object' ? 'object' : typeof value
}

const toGoType = (schema: FieldSchema): string => {
  switch (schema.kind) {
    case 'scalar':
      return schema.type === 'boolean' ? 'bool' : schema.type === 'string' ? 'string' : (schema.format ?? 'int64')
    case 'list':
      return `[]${toGoType(schema.items())}`
    case 'map':
      return `map[string]${toGoType(schema.values())}`
    case 'struct':
      return `v1.${toShortName(schema) ?? ''}`
    case 'any':
      return 'interface {}'
    default:
      return schema satisfies never
  }
}

const toShortName = ({ name }: StructSchema): string | undefined => name?.split('.').at(-1)

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false
const isEmpty = (value: unknown): boolean => Object.keys(value as object).length === 0
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
