import { type KubeObject, toGroup } from '../../kube/object.ts'
import type { FieldSchema, ScalarSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { formatElement } from './field-set.ts'
import { asItems, isFields, toItemElement, toStructure } from './typed.ts'

/** Fails with the server's 500 where an applied object does not have the structure of its kind. */
export const checkTyped = (applied: KubeObject, { schema }: { readonly schema: FieldSchema }): void => {
  const problems = listProblems(applied, schema, '')
  if (problems.length === 0) return
  const { apiVersion, kind, metadata } = applied
  const version = toGroup(apiVersion) === '' ? `/${apiVersion}` : apiVersion
  const text = problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`
  const name = `${metadata.namespace ?? ''}/${metadata.name ?? ''}; ${version}, Kind=${kind}`
  throw new StatusFailure(500, '', `failed to create typed patch object (${name}): ${text}`)
}

/** Whether an object has the structure of its kind, and its values their types. Pure. */
export const isTyped = (object: KubeObject, schema: FieldSchema): boolean =>
  listProblems(object, schema, '').length === 0

const listProblems = (value: unknown, schema: FieldSchema, path: string): string[] => {
  if (value === null || value === undefined) return []
  const at = path === '' ? '' : `${path}: `
  if (schema.kind === 'scalar') return isOfType(value, schema) ? [] : [`${at}${toExpected(schema, value)}`]
  if (schema.kind === 'list' && !Array.isArray(value)) return [`${at}expected list, got ${formatGot(value)}`]
  if ((schema.kind === 'map' || schema.kind === 'struct') && !isFields(value))
    return [`${at}expected map, got ${formatGot(value)}`]
  if (schema.kind === 'struct' && isFields(value)) {
    const fields = schema.fields()
    return Object.entries(value).flatMap(([key, below]) => {
      const field = fields.get(key)
      if (field === undefined) return schema.preservesUnknown ? [] : [`${path}.${key}: field not declared in schema`]
      return listProblems(below, field, `${path}.${key}`)
    })
  }
  if (schema.kind === 'map' && isFields(value))
    return Object.entries(value).flatMap(([key, below]) => listProblems(below, schema.values(), `${path}.${key}`))
  const structure = toStructure(schema, value)
  if (structure.kind !== 'items') {
    return schema.kind === 'list'
      ? asItems(value).flatMap((item, index) => listProblems(item, schema.items(), `${path}[${index}]`))
      : []
  }
  const seen = new Set<string>()
  return asItems(value).flatMap((item, index) => {
    const element = toItemElement(structure.list, item)
    if (typeof element !== 'string') return [`${at}element ${index}: ${element.problem}`]
    if (seen.has(element)) return [`${at}duplicate entries for key ${formatElement(element)}`]
    seen.add(element)
    return listProblems(item, structure.list.items(), `${path}${formatElement(element)}`)
  })
}

const isOfType = (value: unknown, { type, format }: ScalarSchema): boolean => {
  if (isFields(value) || Array.isArray(value)) return false
  if (type === 'int-or-string' || format === 'quantity') return true
  return typeof value === (type === 'integer' ? 'number' : type)
}

const toExpected = ({ type }: FieldSchema & { kind: 'scalar' }, value: unknown): string =>
  type === 'int-or-string'
    ? `expected scalar, got ${formatGot(value)}`
    : `expected ${toScalarName(type)}, got ${formatGot(value)}`

const toScalarName = (type: string): string =>
  type === 'integer' || type === 'number' ? 'numeric (int or float)' : type

const toScalarType = (value: unknown): string =>
  typeof value === 'number' ? (Number.isInteger(value) ? 'int' : 'float') : typeof value

const formatGot = (value: unknown): string =>
  isFields(value) ? `&{map[${Object.keys(value).join(' ')}]}` : Array.isArray(value) ? '&{[…]}' : toScalarType(value)
