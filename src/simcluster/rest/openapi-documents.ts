import { createHash } from 'node:crypto'
import type { KubeObject } from '../../kube/object.ts'
import { loadServerDocuments } from '../schema/server-documents.ts'
import type { Backend } from './scope.ts'

/** One OpenAPI document and its hash. */
export type OpenApiDocument = { readonly text: string; readonly hash: string }

const PREFIX = '/openapi/v3/'
let builtIn: ReadonlyMap<string, string> | undefined

/** Hashes of the server's own documents by name (`apis/apps/v1`). They never change, so they are made once a process. */
const hashBuiltIn = (): ReadonlyMap<string, string> => {
  const documents = loadServerDocuments()
  builtIn ??= new Map(
    documents.paths
      .filter((path) => path.startsWith(PREFIX))
      .map((path) => [path.slice(PREFIX.length), hash(documents.read(path) as string)]),
  )
  return builtIn
}

const hash = (text: string): string => createHash('sha512').update(text).digest('hex').toUpperCase()

/** Names and hashes of all documents. */
export const listOpenApiDocuments = (backend: Backend): ReadonlyMap<string, string> => {
  const custom = readCustomDocuments(backend)
  return new Map([...hashBuiltIn(), ...[...custom].map(([name, text]) => [name, hash(text)] as const)])
}

/** A document by its name. */
export const findOpenApiDocument = (backend: Backend, name: string): OpenApiDocument | undefined => {
  const known = hashBuiltIn().get(name)
  if (known) return { text: loadServerDocuments().read(PREFIX + name) as string, hash: known }
  const text = readCustomDocuments(backend).get(name)
  return text === undefined ? undefined : { text, hash: hash(text) }
}

type Definition = {
  readonly group: string
  readonly scope: string
  readonly names: { readonly plural: string; readonly kind: string; readonly listKind?: string }
  readonly versions: readonly {
    readonly name: string
    readonly served: boolean
    readonly schema?: { readonly openAPIV3Schema?: object }
    readonly subresources?: { readonly status?: object; readonly scale?: object }
  }[]
}

const readCustomDocuments = ({ store }: Backend): ReadonlyMap<string, string> => {
  const definitions = (store.list('apiextensions.k8s.io/customresourcedefinitions') ?? [])
    .map((stored) => store.read(stored))
    .filter(isEstablished)
    .map(({ spec }) => spec as Definition)
  const served = definitions.flatMap((definition) =>
    definition.versions.filter((version) => version.served).map((version) => ({ definition, version })),
  )
  const byName = Map.groupBy(served, ({ definition, version }) => `apis/${definition.group}/${version.name}`)
  return new Map([...byName].map(([name, members]) => [name, JSON.stringify(toDocument(members))]))
}

/** Whether the names of a definition are accepted, so that it is served. */
export const isEstablished = ({ status }: KubeObject): boolean =>
  ((status ?? {}) as { conditions?: readonly { type: string; status: string }[] }).conditions?.some(
    (condition) => condition.type === 'Established' && condition.status === 'True',
  ) === true

type Served = { readonly definition: Definition; readonly version: Definition['versions'][number] }

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

const toDocument = (members: readonly Served[]): object => {
  const schemas = Object.fromEntries(members.map((member) => [toSchemaName(member), toSchema(member)]))
  const paths = Object.assign({}, ...members.map(toPaths))
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' },
    paths,
    components: { schemas: { ...schemas, ...readMetaSchemas() } },
  }
}

const toSchemaName = ({ definition: { group, names }, version }: Served): string =>
  [...group.split('.').reverse(), version.name, names.kind].join('.')

const toSchema = ({ definition: { group, names }, version }: Served): object => {
  const { properties, ...schema } = (version.schema?.openAPIV3Schema ?? {}) as { properties?: object }
  return {
    ...schema,
    type: 'object',
    properties: {
      ...properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { allOf: [{ $ref: `#/components/schemas/${META}` }] },
    },
    'x-kubernetes-group-version-kind': [{ group, version: version.name, kind: names.kind }],
  }
}

/** Metadata, with what it is made of. */
const readMetaSchemas = (): object => {
  const { components } = JSON.parse(loadServerDocuments().read(`${PREFIX}api/v1`) as string)
  const names = [META, 'OwnerReference', 'ManagedFieldsEntry', 'FieldsV1', 'Time'].map((name) =>
    name.includes('.') ? name : `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
  )
  return Object.fromEntries(names.map((name) => [name, components.schemas[name]]))
}

const WRITES = ['dryRun', 'fieldManager', 'fieldValidation']

const toPaths = (served: Served): object => {
  const { definition, version } = served
  const { group, names, scope } = definition
  const root = `/apis/${group}/${version.name}`
  const collection = `${root}${scope === 'Namespaced' ? '/namespaces/{namespace}' : ''}/${names.plural}`
  const kind = { group, version: version.name, kind: names.kind }
  const $ref = `#/components/schemas/${toSchemaName(served)}`
  const answer = { 200: { description: 'OK', content: { 'application/json': { schema: { $ref } } } } }
  const operate = (action: string, parameters: readonly string[]) => ({
    parameters: parameters.map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
    responses: answer,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  })
  const one = {
    get: operate('get', []),
    put: operate('put', WRITES),
    patch: operate('patch', [...WRITES, 'force']),
    delete: operate('delete', ['dryRun']),
  }
  return {
    [collection]: { get: operate('list', []), post: operate('post', WRITES) },
    [`${collection}/{name}`]: one,
    ...(version.subresources?.status ? { [`${collection}/{name}/status`]: one } : {}),
  }
}
