import { KIND_NAMES, type Kind, takesReferences } from './kind.ts'
import { alertRoute } from './schema/alert-policy.ts'
import { KINDS } from './schema/kinds.ts'

/** A JSON Schema as plain JSON. */
export type PlainSchema = { readonly [key: string]: unknown }

/** The file of every kind's schema, and its content, for editors: `schemas/cluster-template.json`. */
export const createJsonSchemas = (): Readonly<Record<string, PlainSchema>> =>
  Object.fromEntries(
    KIND_NAMES.map((kind) => {
      const schema = JSON.parse(JSON.stringify(KINDS[kind])) as PlainSchema
      const adapted = takesReferences(kind) ? withReferences(schema, []) : withDefinitions(schema)
      return [
        toSchemaFile(kind),
        { $schema: 'http://json-schema.org/draft-07/schema#', title: kind, ...(withoutNotes(adapted) as PlainSchema) },
      ]
    }),
  )

const toSchemaFile = (kind: Kind): string => `${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.json`

/** Below `spec`, `${…}` can stand for a value of any type. */
const withReferences = (schema: PlainSchema, path: readonly string[]): PlainSchema => {
  const inSpec = path[1] === 'spec'
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key === 'properties' && isMap(value)) {
      const fields = Object.entries(value).map(([name, field]) => [
        name,
        isMap(field) ? withReferences(field, [...path, 'properties', name].slice(0, 2)) : field,
      ])
      return [key, Object.fromEntries(fields)]
    }
    return key === 'items' && isMap(value) ? [key, withReferences(value, path)] : [key, value]
  })
  const { description, ...rest } = Object.fromEntries(entries) as PlainSchema
  const isOpen =
    rest.type === 'object' || rest.type === 'array' || (rest.type === 'string' && rest.pattern === undefined)
  if (!inSpec || isOpen || rest.const !== undefined) return { ...rest, ...(description ? { description } : {}) }
  return { description, anyOf: [rest, { type: 'string', pattern: '\\$\\{' }] }
}

/** With what it names instead of holding it, as that holds itself. */
const withDefinitions = (schema: PlainSchema): PlainSchema => {
  const toLocal = (part: object): PlainSchema =>
    JSON.parse(JSON.stringify(part), (key, value) => (key === '$ref' ? `#/definitions/${value}` : value))
  const hasReferences = JSON.stringify(schema).includes('"$ref"')
  return hasReferences ? { ...toLocal(schema), definitions: { alertRoute: toLocal(alertRoute) } } : schema
}

/** Without what only our own messages need. */
const withoutNotes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNotes)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (key.startsWith('x-') ? [] : [[key, withoutNotes(item)]])),
  )
}

const isMap = (value: unknown): value is PlainSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
