import type { KubeObject } from '../../kube/object.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import type { Strategy } from './resource-type.ts'
import { countGeneration, type KindInfo, keepApart } from './strategy.ts'
import type { ValidateCustom } from './validate-custom.ts'
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts'

/** What a custom kind makes of what is written: its definition prunes, fills in and validates. */
export const createCustomStrategy = (info: KindInfo, validateCustom: ValidateCustom): Strategy => ({
  decode: (body, { fieldValidation }) => {
    const unknown: string[] = []
    const object = prune(body, info.schema(), '', unknown, true) as KubeObject
    const problems = unknown.map((path) => `unknown field ${JSON.stringify(path)}`)
    if (problems.length > 0 && fieldValidation === 'Strict')
      throw new StatusFailure(
        400,
        'BadRequest',
        `${info.kind} in version ${JSON.stringify(info.version)} cannot be handled as a ${info.kind}: strict decoding error: ${problems.join(', ')}`,
      )
    return { object, warnings: fieldValidation === 'Ignore' ? [] : problems }
  },
  setDefaults: (object) => fillIn(object, info.schema()) as KubeObject,
  prepareForCreate: (object) => {
    const { status, ...rest } = object
    const kept = info.hasStatus || status === undefined ? rest : object
    return { ...kept, metadata: { ...object.metadata, generation: 1 } } as KubeObject
  },
  prepareForUpdate: (next, previous, context) =>
    countGeneration(keepApart(next, previous, info, context, KEPT), previous),
  validate: (object) => [...validateMetadata(object, { ...info, anyFinalizer: true }), ...validateCustom(object)],
  validateUpdate: (next, previous) => [
    ...validateMetadataUpdate(next, previous, { ...info, anyFinalizer: true }),
    ...validateCustom(next, previous),
  ],
})

/** Metadata that a write of the status does not change. */
const KEPT = ['labels', 'annotations', 'finalizers', 'ownerReferences', 'generation', 'deletionTimestamp'] as const

const ROOT = new Set(['apiVersion', 'kind', 'metadata'])

const prune = (value: unknown, schema: FieldSchema, path: string, unknown: string[], isRoot = false): unknown => {
  if (schema.kind === 'list' && Array.isArray(value))
    return value.map((item, index) => prune(item, schema.items(), `${path}[${index}]`, unknown))
  if (!isMap(value)) return value
  if (schema.kind === 'map')
    return Object.fromEntries(
      Object.entries(value).map(([key, below]) => [key, prune(below, schema.values(), `${path}.${key}`, unknown)]),
    )
  if (schema.kind !== 'struct') return value
  const fields = schema.fields()
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) => {
      const field = fields.get(key)
      const at = path === '' ? key : `${path}.${key}`
      if (isRoot && key === 'metadata' && isMap(below)) return [[key, withoutEmpty(below)]]
      if ((isRoot || schema.embedded) && ROOT.has(key)) return [[key, below]]
      if (field !== undefined) return [[key, prune(below, field, at, unknown)]]
      if (schema.preservesUnknown) return [[key, below]]
      unknown.push(at)
      return []
    }),
  )
}

/** Metadata has a type of its own, which writes no empty lists and maps. */
const withoutEmpty = (metadata: Readonly<Record<string, unknown>>): unknown => {
  const isKept = ([, value]: [string, unknown]): boolean =>
    typeof value !== 'object' || value === null || Object.keys(value).length > 0
  const entries = Object.entries(metadata)
  return entries.every(isKept) ? metadata : Object.fromEntries(entries.filter(isKept))
}

/** Defaults of the definition; a null where none is allowed is as good as absent. */
const fillIn = (value: unknown, schema: FieldSchema): unknown => {
  if (schema.kind === 'list' && Array.isArray(value)) return value.map((item) => fillIn(item, schema.items()))
  if (!isMap(value)) return value
  if (schema.kind === 'map')
    return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, fillIn(below, schema.values())]))
  if (schema.kind !== 'struct') return value
  const filled: Record<string, unknown> = { ...value }
  for (const [key, field] of schema.fields()) {
    if (filled[key] === null && !field.nullable) delete filled[key]
    if (filled[key] === undefined && field.default !== undefined) filled[key] = structuredClone(field.default)
    if (filled[key] !== undefined) filled[key] = fillIn(filled[key], field)
  }
  return filled
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
