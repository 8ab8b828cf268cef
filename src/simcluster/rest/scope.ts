import type { Clock } from '../../base/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { ApiRequest } from '../api.ts'
import type { Registry, ResourceType } from '../kinds/resource-type.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { StoredObject } from '../store/stored-object.ts'
import type { Users } from '../users.ts'
import type { Authorizer } from './authorize.ts'
import { listDeprecations } from './deprecations.ts'
import type { ResourceRequestInfo } from './request-info.ts'
import { getResourceRules, type ResourceRules } from './resource-rules.ts'
import type { RunningWatches } from './watch-objects.ts'

/** What all requests to one cluster share. */
export type Backend = Authorizer & {
  readonly store: ObjectStore
  readonly registry: Registry
  readonly clock: Clock
  /** Chance from 0 up to 1, for generated names. */
  readonly random: () => number
  readonly running: RunningWatches
  readonly users: Users
}

/** One request about a resource. */
export type Scope = {
  readonly backend: Backend
  readonly type: ResourceType
  readonly info: ResourceRequestInfo
  readonly request: ApiRequest
  readonly rules: ResourceRules
  /** Where objects of this type are stored. */
  readonly resource: string
  readonly now: Date
  /** Told with the answer. */
  readonly warnings: string[]
}

/** The scope of a request. */
export const createScope = (
  backend: Backend,
  type: ResourceType,
  info: ResourceRequestInfo,
  request: ApiRequest,
): Scope => ({
  backend,
  type,
  info,
  request,
  rules: getResourceRules(type, type.custom === true),
  resource: toStorageKey(type),
  now: backend.clock.now(),
  warnings: [...listDeprecations(backend, type)],
})

/** Where objects of a type are stored. */
export const toStorageKey = (type: ResourceType): string => type.storageKey ?? `${type.group}/${type.plural}`

/** `apps/v1`. */
export const toApiVersion = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === '' ? version : `${group}/${version}`

/** The key of the object that the request names. */
export const toRequestKey = ({ type, info }: Scope, name: string): string =>
  type.namespaced ? `${info.namespace}/${name}` : name

/** A stored object in the version of the request. */
export const readStored = ({ backend, type }: Scope, stored: StoredObject): KubeObject =>
  convertTo(type, backend.store.read(stored))

/** An object in the version of a type. */
export const convertTo = (type: ResourceType, object: KubeObject): KubeObject =>
  object.apiVersion === toApiVersion(type)
    ? object
    : type.convert
      ? type.convert(object)
      : { ...object, apiVersion: toApiVersion(type) }

/** `2026-01-02T03:04:05Z`. */
export const formatTime = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`
