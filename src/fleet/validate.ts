import type { ErrorObject, ValidateFunction } from 'ajv'
import * as validators from './generated/validators.mjs'
import type { Kind } from './kind.ts'
import { parsePointer, toPointer } from './pointer.ts'
import { suggest, suggestOrList } from './suggest.ts'

/** A problem of a value, before its place in a file is known. */
export type FieldProblem = {
  readonly code: 'FIELD_UNKNOWN' | 'FIELD_MISSING' | 'FIELD_INVALID'
  readonly message: string
  /** The field in the value. */
  readonly pointer: string
  /** Whether the key is to blame, not the value. */
  readonly at: 'key' | 'value'
  readonly hint?: string
}

/** A kind of document, or a part of one. */
export type SchemaName = Kind | 'component' | 'shape' | 'provider'

/** Options of {@link validate}. */
export type ValidateOptions = {
  /** Let `${…}` stand for a single value of any type; it is checked again once replaced. */
  readonly references?: boolean
}

const VALIDATORS: Readonly<Record<SchemaName, ValidateFunction>> = validators

/** Everything in which `value` is not as the schema wants it. */
export const validate = (schema: SchemaName, value: unknown, options: ValidateOptions = {}): FieldProblem[] => {
  const check = VALIDATORS[schema]
  if (check(value)) return []
  return toFieldProblems((check.errors ?? []).filter((error) => !(options.references && standsForValue(error))))
}

/** A `${…}` in place of a single value; maps and lists of our own fields are always written out. */
const standsForValue = ({ data, keyword, params }: ErrorObject): boolean =>
  hasReference(data) && !(keyword === 'type' && ['object', 'array'].includes(params.type))

/** Problems from what ajv found (with `allErrors` and `verbose`), a union counting as one. */
export const toFieldProblems = (errors: readonly ErrorObject[]): FieldProblem[] =>
  errors.filter((error) => !/\/(anyOf|oneOf)\/\d+(\/|$)|\/then(\/|$)/.test(error.schemaPath)).map(toFieldProblem)

/** Does the text hold a `${…}` that is to be replaced? */
export const hasReference = (value: unknown): boolean =>
  typeof value === 'string' && value.replaceAll('$${', '').includes('${')

const toFieldProblem = (error: ErrorObject): FieldProblem => {
  const pointer = error.instancePath
  const field = pointer === '' ? 'the document' : quote(toFieldName(pointer))
  const schema = (error.parentSchema ?? {}) as SchemaNotes
  const invalid = (message: string, hint?: string): FieldProblem => ({
    code: 'FIELD_INVALID',
    message,
    pointer,
    at: 'value',
    ...(hint === undefined ? {} : { hint }),
  })
  switch (error.keyword) {
    case 'additionalProperties': {
      const key: string = error.params.additionalProperty
      const hint = suggestOrList(key, Object.keys(schema.properties ?? {}), 'field here')
      return {
        code: 'FIELD_UNKNOWN',
        message: `unknown field ${quote(key)}`,
        pointer: pointer + toPointer(key),
        at: 'key',
        ...(hint === undefined ? {} : { hint }),
      }
    }
    case 'required':
      return {
        code: 'FIELD_MISSING',
        message: `${quote(error.params.missingProperty)} is missing`,
        pointer,
        at: 'value',
      }
    case 'enum':
    case 'const': {
      const allowed: unknown[] = error.keyword === 'const' ? [error.params.allowedValue] : error.params.allowedValues
      const words = allowed.map((word) => (typeof word === 'string' ? word : format(word)))
      const message = `${field} is ${format(error.data)}, not one of ${words.join(', ')}`
      return invalid(message, typeof error.data === 'string' ? suggest(error.data, words) : undefined)
    }
    case 'type':
      if (schema['x-secret'])
        return invalid(
          `${field} must be {secret: name}, not the secret itself`,
          "Git is no place for secrets: put it into the hub's folder of secrets",
        )
      if (schema['x-message'] && schema.type === 'string' && !fitsQuoted(schema, error.data)) break
      return invalid(
        `${field} must be ${formatTypes(error.params.type)}, not ${formatTypeOf(error.data)}`,
        error.params.type === 'string' && isQuotable(error.data) ? 'write it in quotes' : undefined,
      )
    case 'minItems':
    case 'minLength':
      return invalid(`${field} must not be empty`)
  }
  if (schema['x-message'] === undefined) return invalid(`${field} ${error.message ?? 'is not valid'}`)
  const words = (schema.anyOf ?? []).flatMap((option) => option.enum ?? [])
  const value = typeof error.data === 'object' ? '' : `: ${format(error.data)}`
  return invalid(
    `${field} ${schema['x-message']}${value}`,
    (typeof error.data === 'string' ? suggest(error.data, words) : undefined) ?? schema['x-hint'],
  )
}

type SchemaNotes = {
  readonly 'x-message'?: string
  readonly 'x-hint'?: string
  readonly 'x-secret'?: boolean
  readonly type?: string
  readonly pattern?: string
  readonly properties?: object
  readonly anyOf?: readonly { readonly enum?: readonly string[] }[]
}

/** The last key of a pointer, with the index where it is an item of a list. */
const toFieldName = (pointer: string): string =>
  parsePointer(pointer)
    .slice(-2)
    .reduce((name, segment) => (/^\d+$/.test(segment) ? `${name}[${segment}]` : segment))

const quote = (key: string): string => `"${key}"`

const fitsQuoted = (schema: SchemaNotes, value: unknown): boolean =>
  isQuotable(value) && (schema.pattern === undefined || new RegExp(schema.pattern).test(String(value)))

const isQuotable = (value: unknown): boolean => ['number', 'boolean'].includes(typeof value)

/** A URL may hold a password where none belongs. */
const format = (value: unknown): string => {
  const text = (JSON.stringify(value) ?? String(value)).replace(/:\/\/[^/\s"]*@/g, '://(masked)@')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a map',
  array: 'a list',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
}

const formatTypes = (types: string | readonly string[]): string =>
  [types]
    .flat()
    .map((type) => TYPE_NAMES[type] ?? type)
    .join(' or ')

const formatTypeOf = (value: unknown): string => {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : format(value)
}
