import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import type { StoredObject } from '../store/stored-object.ts'
import { admitDelete } from './admission.ts'
import type { DeleteOptions } from './delete-options.ts'
import { createConflict, createNotFound } from './failures.ts'
import { formatTime, readStored, type Scope, toApiVersion, toRequestKey } from './scope.ts'
import { withMetadata } from './write-object.ts'

/** What a deletion came to: the object where the server answers with it, else undefined for a Status of success. */
export type Deleted = {
  readonly object: KubeObject
  /** Gone at once, rather than marked. */
  readonly gone: boolean
  /** The answer is the object. */
  readonly answersObject: boolean
}

type Graceful = ObjectMeta & { readonly deletionGracePeriodSeconds?: number }

/** Deletes one object, or marks it as being deleted while finalizers or a grace period hold it. */
export const deleteObject = (scope: Scope, name: string, options: DeleteOptions): Deleted => {
  const { backend, type, rules, resource } = scope
  const stored = backend.store.get(resource, toRequestKey(scope, name))
  if (!stored) throw createNotFound(type, name)
  const live = readStored(scope, stored)
  const special = SPECIAL[`${type.group}/${type.plural}`]
  checkPreconditions(scope, live, options, special !== undefined)
  admitDelete(scope, name)
  if (special && live.metadata.deletionTimestamp === undefined) {
    const marked = special(live, formatTime(scope.now), options)
    return { object: save(scope, stored, live, marked, options), gone: false, answersObject: true }
  }
  const { finalizers: held } = (live.spec ?? {}) as { finalizers?: readonly string[] }
  if (type.kind === 'Namespace' && special && held?.length) return { object: live, gone: false, answersObject: true }

  const grace = planGrace(scope, live, options)
  if (grace === 'pending') return { object: live, gone: false, answersObject: rules.returnsDeleted }
  const finalizers = planFinalizers(scope, live, options)
  if (grace === undefined && finalizers.length === 0) {
    if (options.dryRun) return { object: live, gone: true, answersObject: rules.returnsDeleted }
    return remove(scope, stored, live)
  }
  const marked = withFinalizers(grace ?? markNow(live, scope.now), finalizers)
  const object = save(scope, stored, live, marked, options)
  if (finalizers.length > 0 || ((grace?.metadata as Graceful | undefined)?.deletionGracePeriodSeconds ?? 0) > 0)
    return { object, gone: false, answersObject: true }
  if (options.dryRun) return { object, gone: true, answersObject: true }
  return remove(scope, backend.store.get(resource, stored.key) as StoredObject, object)
}

const remove = (scope: Scope, stored: StoredObject, live: KubeObject): Deleted => {
  const { resourceVersion } = scope.backend.store.delete(scope.resource, stored)
  const object = withMetadata(live, { resourceVersion: String(resourceVersion) })
  return { object, gone: true, answersObject: scope.rules.returnsDeleted }
}

const save = (
  scope: Scope,
  stored: StoredObject,
  live: KubeObject,
  marked: KubeObject,
  { dryRun }: DeleteOptions,
): KubeObject => {
  if (dryRun || isDeepStrictEqual(live, marked)) return marked
  const type = { apiVersion: toApiVersion(scope.type), kind: scope.type.kind }
  return readStored(scope, scope.backend.store.update(scope.resource, type, stored, marked))
}

const checkPreconditions = (
  { type }: Scope,
  { metadata }: KubeObject,
  { uid, resourceVersion }: DeleteOptions,
  isSpecial: boolean,
): void => {
  // The generic code names the kind where it should name the resource.
  const named = isSpecial ? type : { group: type.group, plural: type.kind }
  if (uid !== undefined && uid !== metadata.uid) {
    throw createConflict(
      named,
      metadata.name,
      isSpecial
        ? `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`
        : `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw createConflict(
      named,
      metadata.name,
      isSpecial
        ? `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`
        : `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
  }
}

/** Marked for a graceful end, `pending` where it is already, undefined where the kind knows none. Only Pods do. */
const planGrace = (
  { type, now }: Scope,
  live: KubeObject,
  options: DeleteOptions,
): KubeObject | 'pending' | undefined => {
  if (type.group !== '' || type.plural !== 'pods') return undefined
  const { deletionTimestamp, deletionGracePeriodSeconds: current, generation } = live.metadata as Graceful
  const asked =
    options.gracePeriodSeconds === undefined
      ? undefined
      : options.gracePeriodSeconds < 0
        ? 1
        : options.gracePeriodSeconds
  if (deletionTimestamp !== undefined) {
    if (!current) return undefined
    if (asked === undefined || asked >= current) return 'pending'
    const due = new Date(Date.parse(deletionTimestamp) - (current - asked) * 1_000)
    const isPast = due < now
    return withMetadata(live, {
      deletionTimestamp: formatTime(isPast ? now : due),
      deletionGracePeriodSeconds: isPast && asked !== 0 ? 1 : asked,
    })
  }
  const seconds = toGrace(live, asked)
  return withMetadata(live, {
    deletionTimestamp: formatTime(new Date(now.getTime() + seconds * 1_000)),
    deletionGracePeriodSeconds: seconds,
    ...(generation ? { generation: generation + 1 } : {}),
  })
}

const toGrace = ({ spec, status }: KubeObject, asked: number | undefined): number => {
  const { terminationGracePeriodSeconds = 30, nodeName = '' } = spec as {
    terminationGracePeriodSeconds?: number
    nodeName?: string
  }
  const { phase } = (status ?? {}) as { phase?: string }
  if (nodeName === '' || phase === 'Failed' || phase === 'Succeeded') return 0
  const seconds = asked ?? terminationGracePeriodSeconds
  return seconds < 0 ? 1 : seconds
}

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** The finalizers that hold the object then: the garbage collector's as the options ask. */
const planFinalizers = ({ rules }: Scope, { metadata }: KubeObject, options: DeleteOptions): readonly string[] => {
  const { finalizers = [] } = metadata
  const others = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND)
  if (rules.dependents === 'unsupported') return others
  const wanted = chooseFinalizer(finalizers, options) ?? (rules.dependents === 'orphan' ? ORPHAN : '')
  const planned = wanted === '' ? others : [...others, wanted]
  return isDeepStrictEqual([...planned].sort(), [...finalizers].sort()) ? finalizers : planned
}

/** Undefined: nobody says. Empty: none of them. */
const chooseFinalizer = (
  finalizers: readonly string[],
  { orphanDependents, propagationPolicy }: DeleteOptions,
): string | undefined => {
  if (orphanDependents !== undefined) return orphanDependents ? ORPHAN : ''
  if (propagationPolicy !== undefined)
    return propagationPolicy === 'Orphan' ? ORPHAN : propagationPolicy === 'Foreground' ? FOREGROUND : ''
  return finalizers.find((finalizer) => finalizer === ORPHAN || finalizer === FOREGROUND)
}

const withFinalizers = (object: KubeObject, finalizers: readonly string[]): KubeObject => {
  const { finalizers: _own, ...metadata } = object.metadata
  return { ...object, metadata: { ...metadata, ...(finalizers.length > 0 ? { finalizers } : {}) } }
}

const markNow = (live: KubeObject, now: Date): KubeObject => {
  const { deletionTimestamp, generation } = live.metadata
  const isLater = deletionTimestamp !== undefined && Date.parse(deletionTimestamp) > now.getTime()
  return withMetadata(live, {
    ...(deletionTimestamp === undefined && generation ? { generation: generation + 1 } : {}),
    deletionTimestamp: deletionTimestamp === undefined || isLater ? formatTime(now) : deletionTimestamp,
    deletionGracePeriodSeconds: 0,
  })
}

/** Kinds whose deletion begins with a mark of their own, at the first request. */
const SPECIAL: Readonly<Record<string, (live: KubeObject, now: string, options: DeleteOptions) => KubeObject>> = {
  '/namespaces': (live, now, options) => {
    const { finalizers = [] } = live.metadata
    const others = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND)
    const wanted = chooseFinalizer(finalizers, options) ?? ''
    const marked = withMetadata(live, { deletionTimestamp: now })
    return {
      ...withFinalizers(marked, wanted === '' ? others : [...others, wanted]),
      status: { ...(live.status as object), phase: 'Terminating' },
    }
  },
  'apiextensions.k8s.io/customresourcedefinitions': (live, now) => {
    const { finalizers = [] } = live.metadata
    const status = (live.status ?? {}) as { conditions?: readonly { type: string }[] }
    const condition = {
      type: 'Terminating',
      status: 'True',
      lastTransitionTime: now,
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    }
    const conditions = (status.conditions ?? []).filter(({ type }) => type !== 'Terminating')
    return {
      ...withMetadata(live, {
        deletionTimestamp: now,
        finalizers: finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP],
      }),
      status: { ...status, conditions: [...conditions, condition] },
    }
  },
}

const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io'
