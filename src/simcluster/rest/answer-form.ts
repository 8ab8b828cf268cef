import type { KubeObject } from '../../kube/object.ts'
import type { ApiRequest, ApiResponse } from '../api.ts'
import { StatusFailure } from '../status-failure.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { findColumns, formatTable } from '../table/format-table.ts'
import { type AcceptOptions, negotiate, type Wanted } from './accept.ts'
import { formatObject, formatPartial, respondJson, toWarningHeaders } from './respond.ts'
import { convertTo, readStored, type Scope, toApiVersion } from './scope.ts'

/** How the request wants its answer. */
export const readWanted = ({ headers, query }: ApiRequest, options: Partial<AcceptOptions> = {}): Wanted =>
  negotiate(headers.accept, { userAgent: headers['user-agent'], pretty: query.get('pretty'), ...options })

/** As {@link readWanted}, of a request about objects: before built-in kinds there is a router, which looks first. */
export const readWantedOf = ({ request, type, info }: Scope): Wanted => {
  const isCollection = request.method === 'GET' && info.name === undefined
  const routed = type.custom ? {} : ({ routed: isCollection ? 'many' : 'one' } as const)
  return readWanted(request, { stream: info.verb === 'watch', ...routed })
}

/** The answer of one object that is at hand. */
export const respondObject = (scope: Scope, status: number, object: KubeObject, wanted: Wanted): ApiResponse =>
  respondJson(status, formatWhole(scope, object, wanted), wanted, toWarningHeaders(scope.warnings))

const formatWhole = (scope: Scope, object: KubeObject, wanted: Wanted): string => {
  assertForm(scope, wanted, false)
  if (wanted.as === 'table') return formatRows(scope, [object], wanted)
  return wanted.as === 'partial'
    ? formatPartial(JSON.stringify(object.metadata), wanted.metaVersion)
    : formatObject(object)
}

/** A stored object as JSON text. */
export const formatStored = (scope: Scope, stored: StoredObject, wanted: Wanted): string => {
  const { backend, type } = scope
  const { store } = backend
  assertForm(scope, wanted, false)
  if (wanted.as === 'partial') return formatPartial(store.formatMetadata(stored), wanted.metaVersion)
  if (wanted.as === 'table') return formatRows(scope, [readStored(scope, stored)], wanted)
  if (stored.type.apiVersion !== toApiVersion(type)) return formatObject(convertTo(type, store.read(stored)))
  return `{"kind":"${type.kind}","apiVersion":"${toApiVersion(type)}",${store.formatMembers(stored)}}`
}

/** A list as JSON text. Items of built-in kinds have no apiVersion and kind. */
export const formatList = (
  scope: Scope,
  items: readonly StoredObject[],
  metadata: Readonly<Record<string, unknown>>,
  wanted: Wanted,
): string => {
  const { type, backend } = scope
  assertForm(scope, wanted, true)
  // Lists of custom resources have a place to go on even where there is nothing more.
  const isWhole = type.custom && wanted.as !== 'partial-list'
  const listMetadata = JSON.stringify(isWhole ? { continue: '', ...metadata } : metadata)
  if (wanted.as === 'partial-list') {
    const texts = items.map((stored) => formatPartial(backend.store.formatMetadata(stored), wanted.metaVersion))
    const all = texts.length === 0 ? 'null' : `[${texts.join(',')}]`
    return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${wanted.metaVersion}","metadata":${listMetadata},"items":${all}}`
  }
  if (wanted.as === 'table') {
    const objects = items.map((stored) => readStored(scope, stored))
    return formatRows(scope, objects, wanted, metadata)
  }
  const texts = items.map((stored) =>
    !type.custom && stored.type.apiVersion === toApiVersion(type)
      ? `{${backend.store.formatMembers(stored)}}`
      : formatStored(scope, stored, wanted),
  )
  return `{"kind":"${type.listKind}","apiVersion":"${toApiVersion(type)}","metadata":${listMetadata},"items":[${texts.join(',')}]}`
}

const formatRows = (
  { type, backend, request }: Scope,
  objects: readonly KubeObject[],
  { metaVersion }: Wanted,
  metadata: object = { resourceVersion: objects[0]?.metadata.resourceVersion },
): string => {
  const columns = findColumns(type, () => {
    const stored = backend.store.get(DEFINITIONS, `${type.plural}.${type.group}`)
    return stored && backend.store.read(stored)
  })
  return formatTable(columns, objects, metadata, {
    metaVersion,
    includeObject: request.query.get('includeObject') || 'Metadata',
    now: backend.clock.now(),
  })
}

const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions'

/** A bookmark: of an object, it has nothing but a version. */
export const formatBookmark = (
  { type }: Scope,
  resourceVersion: number,
  annotations: Readonly<Record<string, string>> | undefined,
  wanted: Wanted,
): string => {
  const metadata = { resourceVersion: String(resourceVersion), ...(annotations ? { annotations } : {}) }
  return wanted.as === 'partial'
    ? formatPartial(JSON.stringify(metadata), wanted.metaVersion)
    : JSON.stringify({ kind: type.kind, apiVersion: toApiVersion(type), metadata })
}

/** 406: the form is for one object, and the answer is a list, or the other way. */
const assertForm = ({ type }: Scope, { as }: Wanted, isList: boolean): void => {
  if (as !== (isList ? 'partial' : 'partial-list')) return
  const name = type.custom ? 'unstructured.Unstructured' : `${type.group.split('.')[0] || 'core'}.${type.kind}`
  throw new StatusFailure(
    406,
    'NotAcceptable',
    isList
      ? `you requested PartialObjectMetadata, but the requested object is a list (*${name}List)`
      : `you requested PartialObjectMetadataList, but the requested object is not a list (*${name})`,
  )
}
