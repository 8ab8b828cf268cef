import type { FieldSchema } from './field-schema.ts'
import type { OpenApiSchema } from './open-api-schema.ts'
import { loadServerDocuments } from './server-documents.ts'
import { createFieldSchemas } from './to-field-schema.ts'

type Document = { readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> } }
type GroupSchemas = ReadonlyMap<string, () => FieldSchema>

const groups = new Map<string, GroupSchemas>()

/** The structure of a built-in kind; undefined where the server has no such kind. Built once a process. */
export const findBuiltInSchema = (group: string, version: string, kind: string): FieldSchema | undefined => {
  const path = group === '' ? `/openapi/v3/api/${version}` : `/openapi/v3/apis/${group}/${version}`
  let schemas = groups.get(path)
  if (schemas === undefined) {
    schemas = readGroup(path)
    groups.set(path, schemas)
  }
  return schemas.get(`${group}/${version}/${kind}`)?.()
}

/** The metadata of every object, as custom resources have it too. */
export const objectMetaSchema = (): FieldSchema => {
  const { fields } = findBuiltInSchema('', 'v1', 'ConfigMap') as FieldSchema & { kind: 'struct' }
  return fields().get('metadata') as FieldSchema
}

const readGroup = (path: string): GroupSchemas => {
  const text = loadServerDocuments().read(path)
  const { components } = (text === undefined ? {} : JSON.parse(text)) as Document
  const schemas = components?.schemas ?? {}
  const toFieldSchema = createFieldSchemas((name) => schemas[name], readPointers)
  const built = new Map<OpenApiSchema, FieldSchema>()
  return new Map(
    Object.entries(schemas).flatMap(([name, schema]) =>
      (schema['x-kubernetes-group-version-kind'] ?? []).map((kind) => [
        `${kind.group}/${kind.version}/${kind.kind}`,
        () => {
          const known = built.get(schema) ?? toFieldSchema(schema, name)
          built.set(schema, known)
          return known
        },
      ]),
    ),
  )
}

let pointers: Readonly<Record<string, readonly string[]>> | undefined

const readPointers = (name: string): readonly string[] => {
  pointers ??= JSON.parse(loadServerDocuments().read('/go/pointers') ?? '{}') as Record<string, readonly string[]>
  return pointers[name] ?? []
}
