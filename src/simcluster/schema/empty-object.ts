import type { KubeObject } from '../../kube/object.ts'
import type { FieldSchema } from './field-schema.ts'

/**
 * A built-in object before anything is set, as the server's Go types have it: structs that are no pointers are there, and
 * what is not optional has its zero value. Ownership of a new object is told by what differs from it.
 */
export const createEmptyObject = (schema: FieldSchema): KubeObject => toEmpty(schema) as KubeObject

const toEmpty = (schema: FieldSchema): Record<string, unknown> => {
  if (schema.kind !== 'struct') return {}
  const empty: Record<string, unknown> = {}
  for (const [name, field] of schema.fields()) {
    if (field.kind === 'struct' && field.default !== undefined) empty[name] = toEmpty(field)
    else if (schema.required.includes(name)) empty[name] = field.default ?? null
  }
  return empty
}
