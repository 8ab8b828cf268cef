import type { ApiRequest, ApiResponse } from '../api.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { negotiate, type Wanted } from './accept.ts'
import { parseBody } from './body.ts'
import { deleteObject } from './delete-object.ts'
import { readDeleteOptions } from './delete-options.ts'
import { createMethodNotAllowed, createNotFound, createTooLargeVersion } from './failures.ts'
import { handleSubresource } from './handle-subresource.ts'
import { listObjects, parseVersion } from './list-objects.ts'
import { readListOptions } from './options.ts'
import { formatObject, formatPartial, respondJson, toWarningHeaders } from './respond.ts'
import { getReviewer } from './reviews.ts'
import { convertTo, type Scope, toApiVersion, toRequestKey } from './scope.ts'
import { watchObjects } from './watch-objects.ts'
import type { Written } from './write-object.ts'
import { patchObject, postObject, putObject } from './writes.ts'

/** How the request wants its answer. */
export const readWanted = ({ headers, query }: ApiRequest, stream = false): Wanted =>
  negotiate(headers.accept, { userAgent: headers['user-agent'], pretty: query.get('pretty'), stream })

/** Answers a request about objects. Failures are thrown. */
export const handleResource = (scope: Scope): ApiResponse => {
  const { info, type } = scope
  if (info.subresource !== undefined) {
    const answered = handleSubresource(scope)
    if (answered) return answered
    return (VERBS[info.verb] as (scope: Scope) => ApiResponse)(scope)
  }
  const verb = VERBS[info.verb]
  if (!verb || !type.verbs.includes(info.verb)) throw createMethodNotAllowed()
  if (type.namespaced && info.namespace === undefined && NEEDS_NAMESPACE.has(info.verb)) throw createMethodNotAllowed()
  return verb(scope)
}

const NEEDS_NAMESPACE = new Set(['create', 'update', 'patch', 'delete', 'get', 'deletecollection'])

const VERBS: Readonly<Record<string, (scope: Scope) => ApiResponse>> = {
  get: (scope) => {
    const { backend, info, type, request, resource } = scope
    const wanted = readWanted(request)
    const asked = parseVersion(request.query.get('resourceVersion') ?? '')
    if (asked !== undefined && asked > backend.store.version())
      throw createTooLargeVersion(asked, backend.store.version())
    const stored = backend.store.get(resource, toRequestKey(scope, info.name as string))
    if (!stored) throw createNotFound(type, info.name as string)
    return respondJson(200, formatStored(scope, stored, wanted), wanted, toWarningHeaders(scope.warnings))
  },
  list: (scope) => {
    const { request } = scope
    const wanted = readWanted(request)
    const page = listObjects(scope, readListOptions(request.query, false))
    const metadata = JSON.stringify({
      resourceVersion: String(page.resourceVersion),
      ...(page.continue === undefined ? {} : { continue: page.continue }),
      ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
    })
    return respondJson(200, formatList(scope, page.items, metadata, wanted), wanted)
  },
  watch: (scope) => {
    const { request, type } = scope
    const wanted = readWanted(request, true)
    const lines = watchObjects(
      scope,
      readListOptions(request.query, true),
      {
        formatStored: (stored) => formatStored(scope, stored, wanted),
        formatBookmark: (version, annotations) => {
          const metadata = { resourceVersion: String(version), ...(annotations ? { annotations } : {}) }
          return wanted.as === 'partial'
            ? formatPartial(JSON.stringify(metadata), wanted.metaVersion)
            : JSON.stringify({ kind: type.kind, apiVersion: toApiVersion(type), metadata })
        },
      },
      scope.backend.running,
    )
    return { status: 200, headers: { 'content-type': 'application/json' }, body: lines }
  },
  create: (scope) => respondReview(scope) ?? respondWritten(scope, postObject(scope), 201),
  update: (scope) => respondWritten(scope, putObject(scope, scope.info.name as string)),
  patch: (scope) => respondWritten(scope, patchObject(scope, scope.info.name as string)),
  delete: (scope) => {
    const { request, info, type } = scope
    const wanted = readWanted(request)
    const options = readDeleteOptions(request.body, request.headers['content-type'], request.query)
    const { object, gone, answersObject } = deleteObject(scope, info.name as string, options)
    const status = !gone && options.orphanDependents === false ? 202 : 200
    const text = answersObject
      ? formatWritten(scope, { object, created: false }, wanted)
      : JSON.stringify({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Success',
          details: {
            name: info.name,
            ...(type.group === '' ? {} : { group: type.group }),
            kind: type.plural,
            uid: object.metadata.uid,
          },
        })
    return respondJson(status, text, wanted, toWarningHeaders(scope.warnings))
  },
  deletecollection: (scope) => {
    const { request, resource } = scope
    const wanted = readWanted(request)
    const { items, resourceVersion } = listObjects(scope, readListOptions(request.query, false))
    const options = readDeleteOptions(request.body, request.headers['content-type'], request.query)
    for (const { key } of items) {
      if (!scope.backend.store.get(resource, key)) continue
      deleteObject(scope, key.slice(key.indexOf('/') + 1), options)
    }
    return respondJson(
      200,
      formatList(scope, items, JSON.stringify({ resourceVersion: String(resourceVersion) }), wanted),
      wanted,
    )
  },
}

/** Reviews are answered, and forgotten. */
const respondReview = (scope: Scope): ApiResponse | undefined => {
  const reviewer = getReviewer(scope)
  if (!reviewer) return undefined
  const { request, type } = scope
  const wanted = readWanted(request)
  const sent = parseBody(request.body, request.headers['content-type']) as object
  const answer = { kind: type.kind, apiVersion: toApiVersion(type), ...reviewer(scope, sent) }
  return respondJson(201, JSON.stringify(answer), wanted)
}

const respondWritten = (scope: Scope, written: Written, createdStatus = 201): ApiResponse => {
  const wanted = readWanted(scope.request)
  return respondJson(
    written.created ? createdStatus : 200,
    formatWritten(scope, written, wanted),
    wanted,
    toWarningHeaders(scope.warnings),
  )
}

const formatWritten = (_scope: Scope, { object }: Written, wanted: Wanted): string =>
  wanted.as === 'partial' ? formatPartial(JSON.stringify(object.metadata), wanted.metaVersion) : formatObject(object)

/** A stored object as JSON text. */
const formatStored = ({ backend, type }: Scope, stored: StoredObject, wanted: Wanted): string => {
  const { store } = backend
  if (wanted.as === 'partial') return formatPartial(store.formatMetadata(stored), wanted.metaVersion)
  if (stored.type.apiVersion !== toApiVersion(type)) return formatObject(convertTo(type, store.read(stored)))
  return `{"kind":"${type.kind}","apiVersion":"${toApiVersion(type)}",${store.formatMembers(stored)}}`
}

const formatList = (scope: Scope, items: readonly StoredObject[], metadata: string, wanted: Wanted): string => {
  const { type, backend } = scope
  if (wanted.as === 'partial-list') {
    const texts = items.map((stored) => formatPartial(backend.store.formatMetadata(stored), wanted.metaVersion))
    return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${wanted.metaVersion}","metadata":${metadata},"items":[${texts.join(',')}]}`
  }
  const texts = items.map((stored) =>
    !type.custom && stored.type.apiVersion === toApiVersion(type)
      ? `{${backend.store.formatMembers(stored)}}`
      : formatStored(scope, stored, wanted),
  )
  return `{"kind":"${type.listKind}","apiVersion":"${toApiVersion(type)}","metadata":${metadata},"items":[${texts.join(',')}]}`
}
