import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.ts'
import { findBuiltInSchema } from '../schema/built-in-schemas.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { loadBuiltInGroups } from './discovery-documents.ts'

/** One resource type in one version. */
export type ResourceType = {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly listKind: string
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: ReadonlyMap<string, unknown>
  readonly schema: () => FieldSchema
  readonly strategy: Strategy
  readonly custom?: boolean
  readonly storageKey?: string
  readonly convert?: (object: KubeObject) => KubeObject
}
export type FieldError = {
  readonly type: string
  readonly field: string
  readonly detail: string
  readonly badValue?: unknown
}
export type StrategyContext = {
  readonly fieldValidation: string
  readonly subresource: string | undefined
  readonly now: Date
}
export type Strategy = {
  decode(body: unknown, context: StrategyContext): { object: KubeObject; warnings: readonly string[] }
  setDefaults(object: KubeObject): KubeObject
  prepareForCreate(object: KubeObject, context: StrategyContext): KubeObject
  prepareForUpdate(next: KubeObject, previous: KubeObject, context: StrategyContext): KubeObject
  validate(object: KubeObject, context: StrategyContext): readonly FieldError[]
  validateUpdate(next: KubeObject, previous: KubeObject, context: StrategyContext): readonly FieldError[]
}
export type Registry = {
  find(group: string, version: string, plural: string): ResourceType | undefined
  list(): readonly ResourceType[]
  addDefinition(definition: KubeObject): void
  removeDefinition(definition: KubeObject): void
}

const strategy: Strategy = {
  decode: (body) => ({ object: body as KubeObject, warnings: [] }),
  setDefaults: (object) => object,
  prepareForCreate: (object, { now: _ }) =>
    object.kind === 'Namespace'
      ? { ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
      : 'spec' in object
        ? { ...object, metadata: { ...object.metadata, generation: 1 } }
        : object,
  prepareForUpdate: (next, previous, { subresource }) => {
    const kept =
      subresource === 'status'
        ? { ...previous, metadata: next.metadata, status: next.status }
        : { ...next, ...(previous.status === undefined ? {} : { status: previous.status }) }
    const generation = previous.metadata.generation
    return generation === undefined || isDeepStrictEqual((kept as KubeObject).spec, previous.spec)
      ? kept
      : { ...kept, metadata: { ...kept.metadata, generation: generation + 1 } }
  },
  validate: (object) =>
    object.metadata.name
      ? []
      : [{ type: 'FieldValueRequired', field: 'metadata.name', detail: 'name or generateName is required' }],
  validateUpdate: () => [],
}

let all: readonly ResourceType[] | undefined

const loadTypes = (): readonly ResourceType[] => {
  const { core, groups } = loadBuiltInGroups()
  return [...core, ...groups].flatMap(({ metadata: { name: group = '' }, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map((resource): ResourceType => {
        const kind = resource.responseKind?.kind ?? ''
        return {
          group,
          version,
          kind,
          listKind: `${kind}List`,
          plural: resource.resource,
          singular: resource.singularResource,
          namespaced: resource.scope === 'Namespaced',
          verbs: resource.verbs,
          shortNames: resource.shortNames ?? [],
          categories: resource.categories ?? [],
          subresources: new Map((resource.subresources ?? []).map((sub) => [sub.subresource, sub])),
          schema: () => findBuiltInSchema(group, version, kind) ?? { kind: 'any' },
          strategy,
        }
      }),
    ),
  )
}

/** All kinds of the server, until the registry of all is there. */
export const createRegistry = (): Registry => {
  all ??= loadTypes()
  const types = new Map(all.map((type) => [`${type.group}/${type.version}/${type.plural}`, type]))
  return {
    find: (group, version, plural) => types.get(`${group}/${version}/${plural}`),
    list: () => all ?? [],
    addDefinition: () => {},
    removeDefinition: () => {},
  }
}

/** 422 with all that is wrong. */
export const createInvalid = (
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusFailure => {
  const toMessage = ({ detail, type }: FieldError): string =>
    type === 'FieldValueRequired' ? `Required value: ${detail}` : detail
  const lines = errors.map((error) => `${error.field}: ${toMessage(error)}`)
  return new StatusFailure(
    422,
    'Invalid',
    `${kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`} ${JSON.stringify(name)} is invalid: ${lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`}`,
    {
      ...(name === '' ? {} : { name }),
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.kind,
      causes: errors.map((error) => ({ reason: error.type, message: toMessage(error), field: error.field })),
    },
  )
}
