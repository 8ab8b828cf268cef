import type { KubeObject } from '../../kube/object.ts'
import { findBuiltInSchema, objectMetaSchema } from '../schema/built-in-schemas.ts'
import type { FieldSchema, StructSchema } from '../schema/field-schema.ts'
import type { OpenApiSchema } from '../schema/open-api-schema.ts'
import { loadServerDocuments } from '../schema/server-documents.ts'
import { createFieldSchemas } from '../schema/to-field-schema.ts'
import { createCustomStrategy } from './custom-strategy.ts'
import type { Registry, ResourceType } from './resource-type.ts'
import { createBuiltInStrategy, type KindInfo } from './strategy.ts'
import { createCustomValidation } from './validate-custom.ts'

type DiscoveredResource = {
  readonly resource: string
  readonly responseKind?: { readonly kind?: string }
  readonly scope: string
  readonly singularResource: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly { readonly subresource: string }[]
}
type DiscoveredGroups = {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions: readonly { readonly version: string; readonly resources: readonly DiscoveredResource[] }[]
  }[]
}

let builtIn: ReadonlyMap<string, ResourceType> | undefined

/** The built-in types, which all servers of a process share, and those that definitions add. */
export const createRegistry = (): Registry => {
  builtIn ??= new Map(loadBuiltInTypes().map((type) => [toKey(type), type]))
  const shared = builtIn
  const custom = new Map<string, ResourceType>()
  const dropDefinition = (name: string): void => {
    for (const [key, type] of custom) if (`${type.plural}.${type.group}` === name) custom.delete(key)
  }
  return {
    find: (group, version, plural) => {
      const key = `${group}/${version}/${plural}`
      return shared.get(key) ?? custom.get(key)
    },
    list: () => [...shared.values(), ...custom.values()],
    addDefinition: (definition) => {
      dropDefinition(definition.metadata.name)
      for (const type of toCustomTypes(definition)) custom.set(toKey(type), type)
    },
    removeDefinition: ({ metadata }) => dropDefinition(metadata.name),
  }
}

const toKey = ({ group, version, plural }: ResourceType): string => `${group}/${version}/${plural}`

const loadBuiltInTypes = (): ResourceType[] =>
  ['/api', '/apis'].flatMap((path) => {
    const { items } = JSON.parse(loadServerDocuments().read(path) as string) as DiscoveredGroups
    return items.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources }) =>
        resources.map((resource) => toBuiltInType(metadata?.name ?? '', version, resource)),
      ),
    )
  })

const toBuiltInType = (group: string, version: string, resource: DiscoveredResource): ResourceType => {
  const kind = resource.responseKind?.kind ?? ''
  const subresources = new Map((resource.subresources ?? []).map((sub) => [sub.subresource, sub]))
  const namespaced = resource.scope === 'Namespaced'
  const schema = (): FieldSchema => findBuiltInSchema(group, version, kind) ?? { kind: 'any' }
  const info: KindInfo = { group, version, kind, namespaced, hasStatus: subresources.has('status'), schema }
  return {
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural: resource.resource,
    singular: resource.singularResource,
    namespaced,
    verbs: resource.verbs,
    shortNames: resource.shortNames ?? [],
    categories: resource.categories ?? [],
    subresources,
    schema,
    strategy: createBuiltInStrategy(info),
  }
}

/** The names of a definition. */
export type DefinitionNames = {
  readonly kind: string
  readonly plural: string
  readonly singular?: string
  readonly listKind?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}
type DefinitionSpec = {
  readonly group: string
  readonly scope: string
  readonly names: DefinitionNames
  readonly versions: readonly {
    readonly name: string
    readonly served: boolean
    readonly schema?: { readonly openAPIV3Schema?: OpenApiSchema }
    readonly subresources?: { readonly status?: object; readonly scale?: object }
  }[]
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const toCustomTypes = ({ spec }: KubeObject): ResourceType[] => {
  const { group, scope, names, versions } = spec as unknown as DefinitionSpec
  return versions
    .filter(({ served }) => served)
    .map(({ name: version, schema: given, subresources = {} }) => {
      let built: FieldSchema | undefined
      const schema = (): FieldSchema => {
        built ??= toCustomSchema(given?.openAPIV3Schema)
        return built
      }
      const namespaced = scope === 'Namespaced'
      const info: KindInfo = {
        group,
        version,
        kind: names.kind,
        namespaced,
        hasStatus: subresources.status !== undefined,
        schema,
      }
      return {
        group,
        version,
        kind: names.kind,
        listKind: names.listKind ?? `${names.kind}List`,
        plural: names.plural,
        singular: names.singular ?? names.kind.toLowerCase(),
        namespaced,
        verbs: VERBS,
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        subresources: new Map(Object.entries(subresources)),
        schema,
        strategy: createCustomStrategy(info, createCustomValidation(given?.openAPIV3Schema)),
        custom: true,
        storageKey: `${group}/${names.plural}`,
        convert: (object) => ({ ...object, apiVersion: `${group}/${version}` }),
      } satisfies ResourceType
    })
}

/** A definition that states no fields of its own keeps all of them, or none. */
const toOpenRoot = (given: OpenApiSchema | undefined): StructSchema => ({
  kind: 'struct',
  fields: () => new Map(),
  required: [],
  atomic: false,
  preservesUnknown: given?.['x-kubernetes-preserve-unknown-fields'] === true,
})

/** The structure that a definition gives, with what every object has. */
const toCustomSchema = (given: OpenApiSchema | undefined): FieldSchema => {
  const stated = createFieldSchemas(() => undefined)(given ?? {})
  const root: StructSchema = stated.kind === 'struct' ? stated : toOpenRoot(given)
  const text: FieldSchema = { kind: 'scalar', type: 'string' }
  return {
    ...root,
    fields: () => new Map([...root.fields(), ['apiVersion', text], ['kind', text], ['metadata', objectMetaSchema()]]),
  }
}
