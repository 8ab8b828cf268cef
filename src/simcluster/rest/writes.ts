import type { KubeObject } from '../../kube/object.ts'
import { parseBody, parseYaml } from './body.ts'
import { createBadRequest, createNotFound, createUnsupportedMediaType } from './failures.ts'
import { readWriteOptions, toManager, type WriteOptions } from './options.ts'
import { applyMergePatch, trackUpdate } from './parts.ts'
import type { Scope } from './scope.ts'
import { toApiVersion } from './scope.ts'
import {
  createObject,
  dedupOwnerReferences,
  ensureNamespace,
  updateObject,
  type WriteContext,
  type Written,
  wipeSystemFields,
} from './write-object.ts'

const MERGE = 'application/merge-patch+json'

/** POST: decodes, tracks and creates. */
export const postObject = (scope: Scope): Written => {
  const { request, warnings } = scope
  const options = readWriteOptions(request.query, 'CreateOptions')
  const context = toContext(scope, options)
  const decoded = decode(scope, parseBody(request.body, request.headers['content-type']), context)
  const object = dedupOwnerReferences(ensureNamespace(scope, wipeSystemFields(decoded)), warnings, false)
  return createObject(scope, track(scope, undefined, object, options), context)
}

/** PUT: decodes, tracks and updates, or creates where the resource allows it. */
export const putObject = (scope: Scope, name: string): Written => {
  const { request, warnings } = scope
  const options = readWriteOptions(request.query, 'UpdateOptions')
  const context = toContext(scope, options)
  const decoded = ensureNamespace(
    scope,
    decode(scope, parseBody(request.body, request.headers['content-type']), context),
  )
  checkName(decoded, name)
  const object = dedupOwnerReferences(decoded, warnings, false)
  const uid = object.metadata.uid || undefined
  return updateObject(scope, name, (live) => track(scope, live, object, options), { ...context, uid })
}

/** PATCH by content type. */
export const patchObject = (scope: Scope, name: string): Written => {
  const { request, type } = scope
  const contentType = (request.headers['content-type'] ?? '').split(';')[0] as string
  if (contentType !== MERGE) throw createUnsupportedMediaType([MERGE])
  const options = readWriteOptions(request.query, 'PatchOptions')
  const context = toContext(scope, options)
  return updateObject(
    scope,
    name,
    (live) => {
      if (!live) throw createNotFound(type, name)
      const patched = decode(scope, applyMergePatch(live, parseYaml(request.body)), context)
      checkName(patched, name)
      return dedupOwnerReferences(track(scope, live, ensureNamespace(scope, patched), options), scope.warnings, true)
    },
    context,
  )
}

const toContext = ({ info, now }: Scope, { dryRun, fieldValidation }: WriteOptions): WriteContext => ({
  dryRun,
  fieldValidation,
  subresource: info.subresource,
  now,
})

const decode = ({ type, warnings }: Scope, body: unknown, context: WriteContext): KubeObject => {
  if (typeof body !== 'object' || body === null) throw createBadRequest('error decoding')
  const given = body as Partial<KubeObject>
  const named = {
    ...given,
    apiVersion: given.apiVersion || toApiVersion(type),
    kind: given.kind || type.kind,
    metadata: given.metadata ?? {},
  }
  if (named.apiVersion !== toApiVersion(type)) {
    throw createBadRequest(
      `the API version in the data (${named.apiVersion}) does not match the expected API version (${toApiVersion(type)})`,
    )
  }
  const decoded = type.strategy.decode(named, context)
  warnings.push(...decoded.warnings)
  return type.strategy.setDefaults(decoded.object)
}

const track = (scope: Scope, before: KubeObject | undefined, after: KubeObject, options: WriteOptions): KubeObject =>
  trackUpdate({
    before,
    after,
    schema: scope.type.schema(),
    manager: toManager(options.fieldManager, scope.request.headers['user-agent']),
    operation: 'Update',
    subresource: scope.info.subresource,
    apiVersion: toApiVersion(scope.type),
    now: scope.now,
  })

const checkName = ({ metadata }: KubeObject, name: string): void => {
  if (!metadata.name)
    throw createBadRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (metadata.name !== name)
    throw createBadRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
}
