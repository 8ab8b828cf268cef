import type { KubeObject } from '../../kube/object.ts'
import type { ResourceType } from '../kinds/resource-type.ts'
import { isTyped } from '../merge/check-typed.ts'
import { applyObject, trackUpdate, withoutManaged } from '../merge/field-manager.ts'
import { StatusFailure } from '../status-failure.ts'
import { findDuplicates, parseBody, parseYaml } from './body.ts'
import { decodeObject } from './decode-object.ts'
import { createBadRequest, createConflict, createNotFound, createUnsupportedMediaType } from './failures.ts'
import { readWriteOptions, toManager, type WriteOptions } from './options.ts'
import { decodePatched, findPatchProblems, isPatchType, type PatchType, patchBody } from './patch-body.ts'
import { getResetFields } from './reset-fields.ts'
import { type Scope, toApiVersion } from './scope.ts'
import {
  createObject,
  dedupOwnerReferences,
  ensureNamespace,
  updateObject,
  type WriteContext,
  type Written,
  wipeSystemFields,
} from './write-object.ts'

/** POST: decodes, tracks and creates. */
export const postObject = (scope: Scope): Written => {
  const { request, warnings } = scope
  const options = readWriteOptions(request.query, 'CreateOptions')
  const context = toWriteContext(scope, options)
  const decoded = decodeBody(scope, context)
  const object = dedupOwnerReferences(ensureNamespace(scope, wipeSystemFields(decoded)), warnings, false)
  return createObject(scope, trackObject(scope, undefined, object, options), context)
}

const decodeBody = (scope: Scope, context: WriteContext): KubeObject => {
  const { body, headers, value: given } = scope.request
  if (given) return decodeObject(scope, given, context)
  const value = parseBody(body, headers['content-type'], scope.type.kind)
  const problems = context.fieldValidation === 'Ignore' ? [] : findDuplicates(body, value)
  return decodeObject(scope, value, context, problems)
}

/** PUT: decodes, tracks and updates, or creates where the resource allows it. */
export const putObject = (scope: Scope, name: string): Written => {
  const { request, warnings } = scope
  const options = readWriteOptions(request.query, 'UpdateOptions')
  const context = toWriteContext(scope, options)
  const decoded = ensureNamespace(scope, decodeBody(scope, context))
  checkName(decoded, name)
  const object = dedupOwnerReferences(decoded, warnings, false)
  const uid = object.metadata.uid || undefined
  return updateObject(scope, name, (live) => trackObject(scope, live, object, options), { ...context, uid })
}

/** PATCH by content type; a server-side apply creates what does not exist. */
export const patchObject = (scope: Scope, name: string): Written => {
  const { request, type } = scope
  const patchType = readPatchType(request.headers['content-type'], type.custom === true)
  const isApply = patchType === 'apply'
  const options = readWriteOptions(request.query, 'PatchOptions', isApply)
  const context = toWriteContext(scope, options)
  const transform = (live: KubeObject | undefined): KubeObject => {
    if (!live && !isApply) throw createNotFound(type, name)
    const next = isApply
      ? applyBody(scope, live, options, context)
      : patchLive(scope, live as KubeObject, patchType, options, context)
    if (!live && next.metadata.uid) {
      const why = `uid mismatch: the provided object specified uid ${next.metadata.uid}, and no existing object was found`
      throw createConflict(type, name, why)
    }
    const placed = ensureNamespace(scope, next)
    checkName(placed, name)
    return dedupOwnerReferences(placed, scope.warnings, true)
  }
  return updateObject(scope, name, transform, { ...context, forceCreate: isApply && !context.subresource })
}

const MEDIA_TYPES: Readonly<Record<string, PatchType | 'apply'>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** How a PATCH is meant, or 415. Custom resources know no strategic merge. */
export const readPatchType = (contentType: string | undefined, isCustom: boolean): PatchType | 'apply' => {
  const type = MEDIA_TYPES[(contentType ?? '').split(';')[0]?.trim() ?? '']
  if (type && !(isCustom && type === 'strategic')) return type
  // Before built-in kinds, it is the router that refuses.
  if (!isCustom) throw new StatusFailure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
  throw createUnsupportedMediaType(Object.keys(MEDIA_TYPES).filter((each) => MEDIA_TYPES[each] !== 'strategic'))
}

/** The context of a write by its options. */
export const toWriteContext = ({ info, now }: Scope, { dryRun, fieldValidation }: WriteOptions): WriteContext => ({
  dryRun,
  fieldValidation,
  subresource: info.subresource,
  now,
})

const patchLive = (
  scope: Scope,
  live: KubeObject,
  patchType: PatchType | 'apply',
  options: WriteOptions,
  context: WriteContext,
): KubeObject => {
  if (!isPatchType(patchType)) throw createBadRequest('not a patch')
  const { body } = scope.request
  const patched = patchBody(patchType, live, body, scope.type.schema())
  const problems = context.fieldValidation === 'Ignore' ? [] : findPatchProblems(patchType, body)
  const decoded = decodePatched(patchType, patched, body, () => decodeObject(scope, patched, context, problems))
  return trackObject(scope, live, decoded, options)
}

const applyBody = (
  scope: Scope,
  live: KubeObject | undefined,
  options: WriteOptions,
  context: WriteContext,
): KubeObject => {
  const body = parseYaml(scope.request.body)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw createBadRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${nameJsonType(body)} into Go value of type map[string]interface {}`,
    )
  const { apiVersion = '', kind = '' } = body as Partial<KubeObject>
  if (apiVersion !== toApiVersion(scope.type) || kind !== scope.type.kind)
    throw createBadRequest(`invalid object type: ${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`)
  const applied = applyObject({
    ...toIdentity(scope, options),
    empty: createEmpty(scope),
    live,
    applied: body as KubeObject,
    force: options.force,
  })
  return decodeObject(scope, applied, context)
}

const nameJsonType = (value: unknown): string => {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** The object with the managed fields that follow from the write. */
export const trackObject = (
  scope: Scope,
  before: KubeObject | undefined,
  after: KubeObject,
  options: WriteOptions,
): KubeObject => {
  const { type, info } = scope
  // What a write of the status says beside it is not validated, yet nobody owns anything of an object that it spoils.
  if (type.custom && info.subresource && !isTyped(after, type.schema())) return withoutManaged(after)
  return trackUpdate({ ...toIdentity(scope, options), before: before ?? createEmpty(scope), after })
}

const empties = new WeakMap<ResourceType, KubeObject>()

/** What a new object is compared with: one of its kind in which nothing is said, but where there are structs, they are. */
const createEmpty = ({ type, now }: Scope): KubeObject => {
  const known = empties.get(type)
  if (known) return known
  const named = { apiVersion: toApiVersion(type), kind: type.kind, metadata: {} }
  const { object } = type.strategy.decode(named, { fieldValidation: 'Ignore', subresource: undefined, now })
  empties.set(type, object)
  return object
}

const toIdentity = (scope: Scope, { fieldManager }: WriteOptions) => {
  const reset = getResetFields(scope.type, scope.info.subresource)
  return {
    schema: scope.type.schema(),
    manager: toManager(fieldManager, scope.request.headers['user-agent']),
    subresource: scope.info.subresource,
    apiVersion: toApiVersion(scope.type),
    now: scope.now,
    ...(reset ? { reset } : {}),
  }
}

const checkName = ({ metadata }: KubeObject, name: string): void => {
  if (!metadata.name)
    throw createBadRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (metadata.name !== name)
    throw createBadRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
}
