import type { KubeObject } from '../../kube/object.ts'
import type { ApiResponse } from '../api.ts'
import type { Wanted } from './accept.ts'
import { formatBookmark, formatList, formatStored, readWantedOf, respondObject } from './answer-form.ts'
import { parseBody } from './body.ts'
import { deleteObject } from './delete-object.ts'
import { readDeleteOptions } from './delete-options.ts'
import { createMethodNotAllowed, createNotFound, createTooLargeVersion } from './failures.ts'
import { handleSubresource } from './handle-subresource.ts'
import { listObjects } from './list-objects.ts'
import { readListOptions, readWriteOptions } from './options.ts'
import { respondJson, toWarningHeaders } from './respond.ts'
import { getReviewer } from './reviews.ts'
import { type Scope, toApiVersion, toRequestKey } from './scope.ts'
import { parsePlainVersion, watchObjects } from './watch-objects.ts'
import type { Written } from './write-object.ts'
import { patchObject, postObject, putObject, trackObject } from './writes.ts'

type Answer = (scope: Scope, wanted: Wanted) => ApiResponse

/** Answers a request about objects. Failures are thrown. */
export const handleResource = (scope: Scope): ApiResponse => {
  const { info, type } = scope
  if (info.subresource !== undefined) {
    const answered = handleSubresource(scope)
    return answered ?? (VERBS[info.verb] as Answer)(scope, readWantedOf(scope))
  }
  const answer = VERBS[info.verb]
  if (!answer || !type.verbs.includes(info.verb)) throw createMethodNotAllowed()
  if (info.name === undefined ? NEEDS_NAME.has(info.verb) : info.verb === 'create') throw createMethodNotAllowed()
  if (type.namespaced && info.namespace === undefined && NEEDS_NAMESPACE.has(info.verb)) throw createMethodNotAllowed()
  return answer(scope, readWantedOf(scope))
}

const NEEDS_NAMESPACE = new Set(['create', 'update', 'patch', 'delete', 'get', 'deletecollection'])

const NEEDS_NAME = new Set(['get', 'update', 'patch', 'delete'])

const getObject: Answer = (scope, wanted) => {
  const { backend, info, type, request, resource } = scope
  const asked = parsePlainVersion(request.query.get('resourceVersion') ?? '')
  const current = backend.store.version()
  if (asked !== undefined && asked > current) throw createTooLargeVersion(asked, current)
  const name = info.name as string
  const stored = backend.store.get(resource, toRequestKey(scope, name))
  if (!stored) throw createNotFound(type, name)
  return respondJson(200, formatStored(scope, stored, wanted), wanted, toWarningHeaders(scope.warnings))
}

const listCollection: Answer = (scope, wanted) => {
  const { items, resourceVersion, ...place } = listObjects(scope, readListOptions(scope.request.query, false))
  const metadata = { resourceVersion: String(resourceVersion), ...place }
  return respondJson(200, formatList(scope, items, metadata, wanted), wanted, toWarningHeaders(scope.warnings))
}

const watchCollection: Answer = (scope, wanted) => {
  const format = {
    formatStored: (stored: Parameters<typeof formatStored>[1]) => formatStored(scope, stored, wanted),
    formatBookmark: (version: number, annotations: Readonly<Record<string, string>> | undefined) =>
      formatBookmark(scope, version, annotations, wanted),
  }
  const body = watchObjects(scope, readListOptions(scope.request.query, true), format, scope.backend.running)
  const headers = { 'content-type': 'application/json', ...toWarningHeaders(scope.warnings) }
  return { status: 200, headers, body }
}

const respondWritten = (scope: Scope, { object, created }: Written, wanted: Wanted): ApiResponse =>
  respondObject(scope, created ? 201 : 200, object, wanted)

const createOne: Answer = (scope, wanted) => {
  const reviewer = getReviewer(scope)
  if (!reviewer) return respondWritten(scope, postObject(scope), wanted)
  // Reviews are answered, and forgotten.
  const { request, type } = scope
  const sent = parseBody(request.body, request.headers['content-type']) as object
  const own = { kind: type.kind, apiVersion: toApiVersion(type) }
  const answer = { ...own, ...reviewer(scope, trackReview(scope, { ...own, ...sent })) }
  return respondJson(201, JSON.stringify(answer), wanted)
}

/** Reviews have managed fields, as everything that is created, although nobody keeps them. */
const trackReview = (scope: Scope, sent: { apiVersion: string; kind: string }): KubeObject => {
  const { spec } = sent as { spec?: unknown }
  const bare = { ...sent, metadata: {} } as unknown as KubeObject
  return spec === undefined
    ? bare
    : trackObject(scope, undefined, bare, readWriteOptions(scope.request.query, 'CreateOptions'))
}

const deleteOne: Answer = (scope, wanted) => {
  const { request, info, type } = scope
  const options = readDeleteOptions(request.body, request.headers['content-type'], request.query)
  const name = info.name as string
  const { object, gone, answersObject } = deleteObject(scope, name, options)
  const status = !gone && options.orphanDependents === false ? 202 : 200
  if (answersObject) return respondObject(scope, status, object, wanted)
  const group = type.group === '' ? {} : { group: type.group }
  const details = { name, ...group, kind: type.plural, uid: object.metadata.uid }
  const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
  return respondJson(status, JSON.stringify(success), wanted, toWarningHeaders(scope.warnings))
}

const deleteCollection: Answer = (scope, wanted) => {
  const { request, resource, backend } = scope
  const { items, resourceVersion } = listObjects(scope, readListOptions(request.query, false))
  const options = readDeleteOptions(request.body, request.headers['content-type'], request.query)
  for (const { key } of items) {
    if (backend.store.get(resource, key)) deleteObject(scope, key.slice(key.indexOf('/') + 1), options)
  }
  const metadata = { resourceVersion: String(resourceVersion) }
  return respondJson(200, formatList(scope, items, metadata, wanted), wanted, toWarningHeaders(scope.warnings))
}

const VERBS: Readonly<Record<string, Answer>> = {
  get: getObject,
  list: listCollection,
  watch: watchCollection,
  create: createOne,
  update: (scope, wanted) => respondWritten(scope, putObject(scope, scope.info.name as string), wanted),
  patch: (scope, wanted) => respondWritten(scope, patchObject(scope, scope.info.name as string), wanted),
  delete: deleteOne,
  deletecollection: deleteCollection,
}
