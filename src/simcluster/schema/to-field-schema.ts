import type { FieldSchema } from './field-schema.ts'
import type { OpenApiSchema } from './open-api-schema.ts'

/** Finds the schema that a `$ref` names. */
export type ResolveReference = (name: string) => OpenApiSchema | undefined

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
/** Kept as they are sent, and never merged. */
const OPAQUE = new Set([
  'io.k8s.apimachinery.pkg.runtime.RawExtension',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray',
])

/**
 * Builds field schemas from OpenAPI: what a `$ref` names is built once, when a field of it is first asked for. Fields that the
 * server adds beside a reference (`x-kubernetes-map-type`, a default) hold for that place only.
 */
export const createFieldSchemas = (
  resolve: ResolveReference,
  pointersOf: (name: string) => readonly string[] = () => [],
): ((schema: OpenApiSchema, name?: string) => FieldSchema) => {
  const named = new Map<string, FieldSchema>()

  const toNamed = (name: string): FieldSchema => {
    const known = named.get(name)
    if (known) return known
    const schema = resolve(name)
    const built: FieldSchema =
      name === QUANTITY
        ? { kind: 'scalar', type: 'int-or-string', format: 'quantity' }
        : OPAQUE.has(name) || schema === undefined
          ? { kind: 'any' }
          : toSchema(schema, name)
    named.set(name, built)
    return built
  }

  const toSchema = (schema: OpenApiSchema, name?: string): FieldSchema => {
    const reference = toReference(schema)
    if (reference === undefined) return toInline(schema, name)
    return withPlace(toNamed(reference), schema)
  }

  const toInline = (schema: OpenApiSchema, name: string | undefined): FieldSchema => {
    const place = {
      ...(schema.default === undefined ? {} : { default: schema.default }),
      ...(schema.nullable ? { nullable: true } : {}),
    }
    if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string')
      return { kind: 'scalar', type: 'int-or-string', ...place }
    switch (schema.type) {
      case 'object':
        return { ...toObject(schema, name), ...place }
      case 'array':
        return { ...toList(schema), ...place }
      case 'string':
      case 'integer':
      case 'number':
      case 'boolean':
        return { kind: 'scalar', type: schema.type, ...(schema.format ? { format: schema.format } : {}), ...place }
      default:
        return schema.properties ? { ...toObject(schema, name), ...place } : { kind: 'any', ...place }
    }
  }

  const toObject = (schema: OpenApiSchema, name: string | undefined): FieldSchema => {
    const { properties, additionalProperties } = schema
    const atomic = schema['x-kubernetes-map-type'] === 'atomic'
    const preservesUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true
    if (properties === undefined && typeof additionalProperties === 'object')
      return { kind: 'map', values: once(() => toSchema(additionalProperties)), atomic }
    if (properties === undefined && !schema['x-kubernetes-embedded-resource'])
      return atomic ? { kind: 'map', values: () => ({ kind: 'any' }), atomic } : { kind: 'any' }
    return {
      kind: 'struct',
      ...(name === undefined ? {} : { name }),
      fields: once(() => {
        const pointers = name === undefined ? [] : pointersOf(name)
        return new Map(
          Object.entries(properties ?? {}).map(([key, field]) => {
            const built = toSchema(field)
            return [key, built.kind === 'scalar' && pointers.includes(key) ? { ...built, pointer: true } : built]
          }),
        )
      }),
      required: schema.required ?? [],
      atomic,
      preservesUnknown,
      ...(schema['x-kubernetes-embedded-resource'] ? { embedded: true } : {}),
      ...toPatch(schema),
    }
  }

  const toList = (schema: OpenApiSchema): FieldSchema => {
    const strategy = schema['x-kubernetes-patch-strategy']?.split(',') ?? []
    const mergeKey = schema['x-kubernetes-patch-merge-key']
    const merges = strategy.includes('merge')
    const topology = schema['x-kubernetes-list-type'] ?? (merges ? (mergeKey === undefined ? 'set' : 'map') : 'atomic')
    return {
      kind: 'list',
      items: once(() => (schema.items ? toSchema(schema.items) : { kind: 'any' })),
      topology,
      keys: schema['x-kubernetes-list-map-keys'] ?? (topology === 'map' && mergeKey ? [mergeKey] : []),
      ...(strategy.length > 0 ? { patch: { strategy, ...(mergeKey === undefined ? {} : { mergeKey }) } } : {}),
    }
  }
  return toSchema
}

const toPatch = (schema: OpenApiSchema): { readonly patch?: { readonly strategy: readonly string[] } } => {
  const strategy = schema['x-kubernetes-patch-strategy']
  return strategy === undefined ? {} : { patch: { strategy: strategy.split(',') } }
}

const toReference = ({ $ref, allOf }: OpenApiSchema): string | undefined =>
  ($ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined))?.split('/').at(-1)

const withPlace = (schema: FieldSchema, place: OpenApiSchema): FieldSchema => ({
  ...schema,
  ...(place.default === undefined ? {} : { default: place.default }),
  ...(place.nullable ? { nullable: true } : {}),
  ...(schema.kind === 'struct' ? toPatch(place) : {}),
  ...((schema.kind === 'struct' || schema.kind === 'map') && place['x-kubernetes-map-type'] !== undefined
    ? { atomic: place['x-kubernetes-map-type'] === 'atomic' }
    : {}),
})

const once = <Value>(create: () => Value): (() => Value) => {
  let value: { readonly of: Value } | undefined
  return () => {
    value ??= { of: create() }
    return value.of
  }
}
