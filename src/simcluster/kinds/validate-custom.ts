import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { KubeObject } from '../../kube/object.ts'
import { toSegments } from '../patch/json-patch.ts'
import type { OpenApiSchema } from '../schema/open-api-schema.ts'
import type { FieldError } from './resource-type.ts'

/** What is wrong with a custom resource by its definition's schema. CEL rules are not asked. */
export type ValidateCustom = (object: KubeObject, previous?: KubeObject) => readonly FieldError[]

/** By the digest of their schema: many clusters have the same definitions. */
const compiled = new Map<string, ValidateFunction>()

/** Compiled when the first resource is validated. On an update, what is wrong already and did not change is let through. */
export const createCustomValidation = (schema: OpenApiSchema | undefined): ValidateCustom => {
  if (schema === undefined) return () => []
  let validate: ValidateFunction | undefined
  return (object, previous) => {
    validate ??= compile(schema)
    if (validate(object)) return []
    const errors = (validate.errors ?? []).flatMap((error) => toFieldError(error, object))
    return previous === undefined ? errors : errors.filter(({ segments }) => !isUnchanged(segments, object, previous))
  }
}

const compile = (schema: OpenApiSchema): ValidateFunction => {
  const text = JSON.stringify(toJsonSchema(schema, true))
  const digest = createHash('sha256').update(text).digest('base64')
  const known = compiled.get(digest)
  if (known) return known
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, verbose: true, logger: false })
  const validate = ajv.compile(JSON.parse(text))
  compiled.set(digest, validate)
  return validate
}

const ROOT = new Set(['apiVersion', 'kind', 'metadata'])

/** OpenAPI 3.0 as JSON Schema: bounds that exclude themselves are numbers, and either type has a name of its own. */
const toJsonSchema = (schema: unknown, isRoot = false): unknown => {
  if (Array.isArray(schema)) return schema.map((item) => toJsonSchema(item))
  if (typeof schema !== 'object' || schema === null) return schema
  const { enum: values, default: _default, example: _example, ...stated } = schema as Readonly<Record<string, unknown>>
  const converted: Record<string, unknown> = values === undefined ? {} : { enum: values }
  for (const [key, below] of Object.entries(stated)) {
    if (key === 'properties') {
      const properties = Object.entries(below as object).filter(([name]) => !isRoot || !ROOT.has(name))
      converted[key] = Object.fromEntries(properties.map(([name, property]) => [name, toJsonSchema(property)]))
    } else if (!key.startsWith('x-')) converted[key] = toJsonSchema(below)
  }
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof converted[exclusive] !== 'boolean') continue
    if (converted[exclusive] === true) converted[exclusive] = converted[bound]
    else delete converted[exclusive]
  }
  if (stated['x-kubernetes-int-or-string'] === true) converted.type = ['integer', 'string']
  if (converted.nullable === true && converted.type === undefined) delete converted.nullable
  return converted
}

type PlacedError = FieldError & { readonly segments: readonly string[] }

const toFieldError = (error: ErrorObject, object: KubeObject): PlacedError[] => {
  const segments = toSegments(error.instancePath)
  const place = (type: string, detail: string, badValue?: unknown, below: readonly string[] = []): PlacedError[] => {
    const at = [...segments, ...below]
    return [{ type, field: toField(at, object), detail, segments: at, ...(badValue === undefined ? {} : { badValue }) }]
  }
  const { data, params } = error
  const invalid = (what: string): PlacedError[] =>
    place('FieldValueInvalid', `${toField(segments, object)} in body should ${what}`, data)
  switch (error.keyword) {
    case 'required':
      return place('FieldValueRequired', '', undefined, [params.missingProperty as string])
    case 'type': {
      const detail = `${toField(segments, object)} in body must be of type ${[params.type].flat().join(',')}: ${JSON.stringify(toGoType(data))}`
      return place('FieldValueTypeInvalid', detail, toGoType(data))
    }
    case 'enum': {
      const values = (params.allowedValues as readonly unknown[]).map((value) => JSON.stringify(value)).join(', ')
      return place('FieldValueNotSupported', `supported values: ${values}`, data)
    }
    case 'minimum':
      return invalid(`be greater than or equal to ${params.limit}`)
    case 'maximum':
      return invalid(`be less than or equal to ${params.limit}`)
    case 'exclusiveMinimum':
      return invalid(`be greater than ${params.limit}`)
    case 'exclusiveMaximum':
      return invalid(`be less than ${params.limit}`)
    case 'multipleOf':
      return invalid(`be a multiple of ${params.multipleOf}`)
    case 'pattern':
      return invalid(`match '${params.pattern}'`)
    case 'minLength':
      return invalid(`be at least ${params.limit} chars long`)
    case 'maxLength':
      return place('FieldValueTooLong', `may not be more than ${params.limit} bytes`)
    case 'minItems':
      return invalid(`have at least ${params.limit} items`)
    case 'maxItems':
      return place('FieldValueTooMany', `must have at most ${params.limit} items`, (data as unknown[]).length)
    case 'minProperties':
      return invalid(`have at least ${params.limit} properties`)
    case 'maxProperties':
      return invalid(`have at most ${params.limit} properties`)
    // Of alternatives, the one sentence for all of them is enough.
    default:
      return invalid(error.message?.replace(/^must /, '') ?? 'be otherwise')
  }
}

/** `spec.items[0].name` */
const toField = (segments: readonly string[], object: unknown): string => {
  let value = object
  let field = ''
  for (const segment of segments) {
    field += Array.isArray(value) ? `[${segment}]` : field === '' ? segment : `.${segment}`
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[segment]
  }
  return field === '' ? '<nil>' : field
}

const isUnchanged = (segments: readonly string[], object: KubeObject, previous: KubeObject): boolean => {
  const read = (value: unknown): unknown =>
    segments.reduce<unknown>(
      (node, key) => (node as Readonly<Record<string, unknown>> | null | undefined)?.[key],
      value,
    )
  return isDeepStrictEqual(read(object), read(previous))
}

const toGoType = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value
}
