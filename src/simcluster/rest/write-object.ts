import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, ObjectMeta, OwnerReference } from '../../kube/object.ts'
import type { StrategyContext } from '../kinds/resource-type.ts'
import { StatusFailure } from '../status-failure.ts'
import { toKey } from '../store/object-store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { admitClaim, admitCreate } from './admission.ts'
import {
  createAlreadyExists,
  createBadRequest,
  createConflict,
  createGenerateNameConflict,
  createNotFound,
  OBJECT_MODIFIED,
} from './failures.ts'
import { generateName } from './generate-name.ts'
import { createInvalid } from './invalid.ts'
import { keepTimesOfUnchanged } from './keep-times.ts'
import { formatTime, readStored, type Scope, toApiVersion, toRequestKey } from './scope.ts'

/** What a write came to: the object in the version of the request. */
export type Written = { readonly object: KubeObject; readonly created: boolean }

/** How objects are written. */
export type WriteContext = StrategyContext & { readonly dryRun: boolean }

/** Gives an object the namespace of the request; 400 where it has another. */
export const ensureNamespace = ({ type, info }: Scope, object: KubeObject): KubeObject => {
  const { namespace: own = '', ...metadata } = object.metadata
  const expected = type.namespaced ? (info.namespace ?? '') : ''
  if (own === expected) return object
  if (expected === '') return { ...object, metadata }
  if (own !== '')
    throw createBadRequest('the namespace of the provided object does not match the namespace sent on the request')
  return { ...object, metadata: { ...object.metadata, namespace: expected } }
}

/** Forgets what only the server may set at creation. */
export const wipeSystemFields = (object: KubeObject): KubeObject => {
  const {
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    selfLink: _link,
    ...metadata
  } = object.metadata as ObjectMeta & { deletionGracePeriodSeconds?: number; selfLink?: string }
  return { ...object, metadata }
}

/** Stores a new object, which is decoded, defaulted and tracked. */
export const createObject = (scope: Scope, object: KubeObject, context: WriteContext): Written => {
  const { metadata } = object
  if (!metadata.generateName || metadata.name) return tryCreate(scope, object, context)
  for (let attempts = 1; ; attempts++) {
    const name = generateName(metadata.generateName, scope.backend.random)
    try {
      return tryCreate(scope, { ...object, metadata: { ...metadata, name } }, context)
    } catch (error) {
      if (attempts === 8 || !(error instanceof StatusFailure && error.reason === 'AlreadyExists')) throw error
    }
  }
}

const tryCreate = (scope: Scope, object: KubeObject, context: WriteContext): Written => {
  const { backend, type, resource, now } = scope
  const { store } = backend
  admitCreate(scope, object)
  const serial = context.dryRun ? -1 - Math.floor(backend.random() * 2 ** 30) : store.reserveSerial()
  const filled = withMetadata(admitClaim(scope, ensureNamespace(scope, object)), {
    uid: store.toUid(serial),
    creationTimestamp: formatTime(now),
  })
  const prepared = type.strategy.prepareForCreate(filled, context)
  const { metadata } = prepared
  const errors = type.strategy.validate(prepared, context)
  if (errors.length > 0) throw createInvalid(type, metadata.name ?? '', errors)
  if (metadata.resourceVersion && metadata.resourceVersion !== '0')
    throw createPlain('resourceVersion should not be set on objects to be created')
  const existing = store.get(resource, toKey(metadata))
  if (existing) {
    if (object.metadata.generateName) throw createGenerateNameConflict(type, metadata.name)
    throw createAlreadyExists(type, metadata.name, store.readMetadata(existing).deletionTimestamp !== undefined)
  }
  if (context.dryRun) return { object: prepared, created: true }
  const stored = store.create(resource, { apiVersion: toApiVersion(type), kind: type.kind }, serial, prepared)
  return { object: readStored(scope, stored), created: true }
}

/** How an update finds its new object. */
export type UpdateOptions = WriteContext & {
  /** 409 unless the object has this uid. */
  readonly uid?: string | undefined
  /** Create the object if it does not exist, whatever the rules of the resource say. */
  readonly forceCreate?: boolean
}

/** Stores what `transform` makes of the live object: an object that is decoded, defaulted and tracked. */
export const updateObject = (
  scope: Scope,
  name: string,
  transform: (live: KubeObject | undefined) => KubeObject,
  options: UpdateOptions,
): Written => {
  const { backend, type, rules, resource } = scope
  const { store } = backend
  const stored = store.get(resource, toRequestKey(scope, name))
  if (!stored) {
    if (!options.forceCreate && !(rules.createsOnUpdate && !options.subresource)) throw createNotFound(type, name)
    if (options.uid) throw createConflict(type, name, describePrecondition(scope, name, options.uid, ''))
    const fresh = transform(undefined)
    const { resourceVersion: _version, ...metadata } = fresh.metadata
    return createObject(scope, { ...fresh, metadata }, options)
  }
  const live = readStored(scope, stored)
  if (options.uid && options.uid !== live.metadata.uid)
    throw createConflict(type, name, describePrecondition(scope, name, options.uid, live.metadata.uid as string))
  const next = checkVersion(scope, transform(live), stored)
  const prepared = prepareUpdate(scope, next, live, options)
  const errors = type.strategy.validateUpdate(prepared, live, options)
  if (errors.length > 0) throw createInvalid(type, name, errors)
  const settled = keepTimesOfUnchanged(prepared, live)
  if (isReadyToGo(settled, live)) {
    if (!options.dryRun) store.delete(resource, stored)
    return { object: settled, created: false }
  }
  if (isDeepStrictEqual(settled, live)) return { object: live, created: false }
  if (options.dryRun) return { object: settled, created: false }
  const type_ = { apiVersion: toApiVersion(type), kind: type.kind }
  return { object: readStored(scope, store.update(resource, type_, stored, settled)), created: false }
}

/** 409 for another version than the live one; 422 without any where the resource wants one. */
const checkVersion = ({ type, rules }: Scope, next: KubeObject, stored: StoredObject): KubeObject => {
  const live = String(stored.resourceVersion)
  const { resourceVersion = '' } = next.metadata
  if (resourceVersion !== '' && resourceVersion !== '0') {
    if (resourceVersion !== live) throw createConflict(type, next.metadata.name, OBJECT_MODIFIED)
    return next
  }
  if (!rules.updatesUnconditionally) {
    throw createInvalid({ group: type.group, kind: type.plural }, next.metadata.name, [
      {
        type: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        badValue: 0,
        detail: 'must be specified for an update',
      },
    ])
  }
  return withMetadata(next, { resourceVersion: live })
}

const prepareUpdate = (scope: Scope, next: KubeObject, live: KubeObject, context: WriteContext): KubeObject => {
  const { generation: _own, ...metadata } = next.metadata
  const { generation } = live.metadata
  const countable = {
    ...next,
    metadata: { ...metadata, ...(generation === undefined ? {} : { generation }) },
  } as KubeObject
  const prepared = scope.type.strategy.prepareForUpdate(ensureNamespace(scope, countable), live, context)
  const { creationTimestamp, deletionTimestamp, uid } = live.metadata
  const { deletionGracePeriodSeconds } = live.metadata as { deletionGracePeriodSeconds?: number }
  const own = prepared.metadata as ObjectMeta & { deletionGracePeriodSeconds?: number }
  return withMetadata(prepared, {
    ...(own.uid ? {} : { uid }),
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && own.deletionGracePeriodSeconds === undefined
      ? { deletionGracePeriodSeconds }
      : {}),
  })
}

/** Nothing holds an object any more that is being deleted. */
const isReadyToGo = (next: KubeObject, live: KubeObject): boolean => {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = live.metadata as ObjectMeta & {
    deletionGracePeriodSeconds?: number
  }
  if (next.metadata.finalizers?.length || deletionTimestamp === undefined || (grace ?? 0) !== 0) return false
  const { finalizers } = (next.spec ?? {}) as { finalizers?: readonly string[] }
  return next.kind !== 'Namespace' || next.apiVersion !== 'v1' || !finalizers?.length
}

const describePrecondition = ({ type, info }: Scope, name: string, uid: string, live: string): string =>
  `StorageError: invalid object, Code: 4, Key: /registry/${type.custom ? `${type.group}/` : ''}${type.plural}/${
    type.namespaced ? `${info.namespace}/` : ''
  }${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live}`

/** An error that the server did not foresee: 500 without a reason. */
export const createPlain = (message: string): StatusFailure => new StatusFailure(500, '', message)

/** An object with these members of its metadata set. */
export const withMetadata = (object: KubeObject, members: Readonly<Record<string, unknown>>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...members } as ObjectMeta,
})

/** Owner references that say the same twice count once, with a warning. */
export const dedupOwnerReferences = (object: KubeObject, warnings: string[], isPatch: boolean): KubeObject => {
  const { ownerReferences } = object.metadata
  if (!ownerReferences || ownerReferences.length < 2) return object
  const kept: OwnerReference[] = []
  const duplicates: string[] = []
  for (const reference of ownerReferences) {
    if (kept.some((other) => isDeepStrictEqual(other, reference))) duplicates.push(reference.uid)
    else kept.push(reference)
  }
  if (duplicates.length === 0) return object
  warnings.push(
    isPatch
      ? `.metadata.ownerReferences contains duplicate entries after mutating admission happens; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`
      : `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`,
  )
  return withMetadata(object, { ownerReferences: kept })
}
