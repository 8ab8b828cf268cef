import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.ts'
import type { FieldError, Registry, ResourceType, Strategy } from '../kinds/resource-type.ts'
import { findBuiltInSchema } from '../schema/built-in-schemas.ts'
import { StatusFailure } from '../status-failure.ts'
import { loadBuiltInGroups } from './discovery-documents.ts'

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
