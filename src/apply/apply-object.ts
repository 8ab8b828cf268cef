import type { Clock } from '../base/clock.ts'
import { isLockstepError, toError } from '../base/errors.ts'
import { compareObject, type Difference, isOpaqueDifference, isReportOnly } from '../drift/compare.ts'
import { readObject, toAddress } from '../drift/observe.ts'
import { type IgnoreRule, matchesIgnoreRule } from '../fleet/policy.ts'
import { computeFingerprint, FIELD_MANAGER, findOwnEntry, toComparable } from '../inventory/fingerprint.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import type { KubeClient, ObjectAddress, WriteResult } from '../kube/client.ts'
import { formatFieldPath } from '../kube/field-path.ts'
import { collectListKeys, hashEntry, type ListKeys } from '../kube/managed-fields.ts'
import {
  type Json,
  type JsonObject,
  type KubeObject,
  type Manifest,
  type ObjectRef,
  toGroupKind,
} from '../kube/object.ts'
import type { PlannedObject } from '../plan/plan.ts'
import { admitOwnWrite, findAdmitted, keepAllocated, listUnmet, readBaseline } from './baseline.ts'
import type { AppliedObject } from './change-set.ts'
import { createImmutable, isImmutableError } from './errors.ts'
import { healInPart, isRefusal, type PartlyHealed } from './heal-in-part.ts'
import { computeHealPatch } from './heal-patch.ts'
import { keepReleased } from './released.ts'
import { computeTakeOver } from './take-over.ts'

/** What applying needs of the world. */
export type ApplyContext = {
  readonly client: KubeClient
  readonly clock: Clock
  readonly revision: string
  readonly key: Buffer | undefined
  readonly lists: (ref: ObjectRef) => ListKeys
  readonly ignore: readonly IgnoreRule[]
  readonly isAutoscaled: (ref: ObjectRef) => boolean
  readonly mayReplace: boolean
  /** Looks at the object again and decides anew: after a write by somebody else got in between. */
  readonly replan: (object: PlannedObject) => Promise<PlannedObject>
  readonly signal?: AbortSignal
}

const ATTEMPTS = 6
const NEVER_REPLACED = new Set(['Namespace', 'PersistentVolumeClaim', 'apiextensions.k8s.io/CustomResourceDefinition'])

/**
 * Brings one object to its manifest and undoes what its plan says to undo. Every write holds only for the state the plan
 * was made from; when somebody else writes in between, it looks again. A failure is an outcome, not an exception.
 */
export const applyObject = async (planned: PlannedObject, context: ApplyContext): Promise<AppliedObject> => {
  let current = planned
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptApply(current, context, { conditional: attempt < ATTEMPTS })
    } catch (error) {
      if (context.signal?.aborted) throw error
      if (!isLockstepError(error, 'KUBE_CONFLICT') || attempt >= ATTEMPTS) return toFailure(current, error)
    }
    current = await context.replan(current)
    if (current.action !== 'create' && current.action !== 'configure') return { outcome: toOutcome(current, 'skipped') }
  }
}

/** The outcome of an object that nothing was sent for, or whose request failed. */
export const toOutcome = (
  object: PlannedObject,
  actuation: 'skipped' | 'done' | 'pending' | 'failed',
): AppliedObject['outcome'] => ({
  ref: object.ref,
  component: object.component,
  action: object.action,
  ...(object.reason ? { reason: object.reason } : {}),
  ...(object.skip ? { skip: object.skip } : {}),
  actuation,
})

const toFailure = (object: PlannedObject, error: unknown): AppliedObject => ({
  outcome: { ...toOutcome(object, 'failed'), error: toError(error) },
})

const attemptApply = async (
  planned: PlannedObject,
  context: ApplyContext,
  { conditional }: { conditional: boolean },
): Promise<AppliedObject> => {
  const { client } = context
  const resource = planned.resource!
  const address = toAddress(planned.ref, resource)
  const isTrusted = planned.action === 'create' || planned.reason === 'gitAhead' || planned.reason === 'drift'
  const needsLive = planned.action === 'configure' && (!isTrusted || planned.heals || hasReleased(planned, context))
  let isPatched = true
  let live = planned.isFull ? (planned.live as KubeObject) : undefined
  if (needsLive && !live)
    live = (await readObject(planned.ref, resource, client, withSignal(context))).live as KubeObject | undefined

  if (planned.reason === 'adopt' && live) {
    const takeOver = computeTakeOver(live, { apiVersion: planned.apiVersion, now: context.clock.now() })
    if (takeOver) live = await client.patchJson(address, takeOver, write(context))
  }
  // Git is ahead and must not go out with a healing: what we know of the object as applied is put back instead.
  const healsOnly = planned.reason === 'drift' && planned.entry?.fingerprint?.digest !== planned.digest
  if (planned.heals && live) {
    const patch = computeHealPatch(live, planned.differences, { includeStated: healsOnly })
    if (patch) {
      try {
        live = await client.patchJson(address, patch, write(context))
        if (isRestored(planned, live, context)) return recordHealed(planned, live, context)
      } catch (error) {
        if (!isRefusal(error)) throw error
        if (healsOnly) return healRest(planned, address, error as Error, context)
        // Without what was added the object is not valid until Git's part is back: what is left goes after the apply.
        isPatched = false
      }
    }
  }
  if (healsOnly && live) return recordHealed(planned, live, context)

  const manifest = keepReleased(planned.desired!, live, { ...context, ref: planned.ref })
  const resourceVersion = live?.metadata.resourceVersion ?? planned.live?.metadata.resourceVersion
  let result: WriteResult
  try {
    result = await sendApply(planned, address, manifest, conditional ? resourceVersion : undefined, context)
  } catch (error) {
    const isOurs = planned.heals && planned.reason !== 'adopt'
    if (!isOurs || !(isRefusal(error) || isLockstepError(error, 'APPLY_IMMUTABLE'))) throw error
    return healRest(planned, address, error as Error, context)
  }
  const trusted = conditional && isPatched && isTrustworthy(planned, result, context)
  const before = conditional ? live : undefined
  return recordApplied(planned, address, manifest, { ...result, ...(before ? { before } : {}), trusted }, context)
}

/** With what was added gone again, is it as it was recorded, and still ours? Then there is nothing left to apply. */
const isRestored = (planned: PlannedObject, object: KubeObject, context: ApplyContext): boolean => {
  const fingerprint = planned.entry?.fingerprint
  const own = findOwnEntry(object)
  return (
    planned.reason === 'drift' &&
    fingerprint !== undefined &&
    fingerprint.digest === planned.digest &&
    own !== undefined &&
    hashEntry(own) === fingerprint.entry &&
    compare(planned, object, fingerprint.seen, context).length === 0
  )
}

/** Is the server's answer what it makes of our manifest and of nothing else? */
const isTrustworthy = (planned: PlannedObject, { object, created }: WriteResult, context: ApplyContext): boolean => {
  if (planned.action === 'create') return created
  if (planned.reason === 'gitAhead') return planned.differences.length === 0
  const recorded = planned.entry?.fingerprint
  return recorded?.digest === planned.digest && compare(planned, object, recorded?.seen ?? {}, context).length === 0
}

const write = ({ signal }: ApplyContext): { fieldManager: string; signal?: AbortSignal } => ({
  fieldManager: FIELD_MANAGER,
  ...(signal ? { signal } : {}),
})
const withSignal = ({ signal }: ApplyContext): { signal?: AbortSignal } => (signal ? { signal } : {})

const hasReleased = (planned: PlannedObject, context: ApplyContext): boolean =>
  (planned.desired?.random?.length ?? 0) > 0 ||
  context.ignore.some((rule) => matchesIgnoreRule(rule, planned.ref)) ||
  context.isAutoscaled(planned.ref)

const sendApply = async (
  planned: PlannedObject,
  address: ObjectAddress,
  manifest: Manifest,
  resourceVersion: string | undefined,
  context: ApplyContext,
): Promise<WriteResult> => {
  const body =
    resourceVersion && planned.action === 'configure'
      ? { ...manifest, metadata: { ...manifest.metadata, resourceVersion } }
      : manifest
  const options = { ...write(context), force: true }
  try {
    return await context.client.apply(address, body, options)
  } catch (error) {
    if (!isImmutableError(error) || planned.action !== 'configure') throw error
    if (!canReplace(planned, context)) throw toRefused(planned, error as Error)
    await replaceObject(planned, address, context)
    return context.client.apply(address, manifest, options)
  }
}

const canReplace = ({ ref }: PlannedObject, { mayReplace }: ApplyContext): boolean =>
  mayReplace && !NEVER_REPLACED.has(toGroupKind(ref))

const replaceObject = async (planned: PlannedObject, address: ObjectAddress, context: ApplyContext): Promise<void> => {
  const uid = planned.live?.metadata.uid
  await context.client.delete(address, { ...withSignal(context), propagation: 'Background', ...(uid ? { uid } : {}) })
  for (let waited = 0; waited < 60; waited++) {
    if (!(await context.client.getMetadata(address, withSignal(context)))) return
    await context.clock.sleep(500, withSignal(context))
  }
}

/**
 * Undoes what can be undone of an object whose manifest the server refuses, back to what is known of it as applied: Git's
 * new state goes out whole or not at all. The refusal is the outcome; what was recorded stays, so that it is seen again.
 */
const healRest = async (
  planned: PlannedObject,
  address: ObjectAddress,
  error: Error,
  context: ApplyContext,
): Promise<AppliedObject> => {
  const { client } = context
  const fingerprint = planned.entry?.fingerprint
  const isAhead = fingerprint !== undefined && fingerprint.digest !== planned.digest
  const live = await client.get(address, withSignal(context))
  if (!live) throw error
  const rest = fingerprint
    ? compare(planned, live, fingerprint.seen, context)
    : listUnmet(planned.desired!.manifest, live).map((unmet): Difference => ({ ...unmet, drift: 'modified' }))
  // What was recorded as a digest cannot be put back from it; Git has the value, while it is the one that was applied.
  const isLost = (difference: Difference): boolean =>
    isOpaqueDifference(difference) && (isAhead || difference.git === undefined)
  const undoable = rest
    .filter((difference) => !isLost(difference))
    .map((difference) =>
      isOpaqueDifference(difference) ? { ...difference, expected: difference.git as Json } : difference,
    )
  const deps = { client, address, write: write(context) }
  const partly = await healInPart(live, undoable, deps, { includeStated: true })
  const refused = [...rest.filter(isLost), ...partly.refused]
  const healed = listHealed(
    { ...planned, differences: planned.differences.length > 0 ? planned.differences : rest },
    refused,
  )
  return { outcome: { ...toFailure(planned, error).outcome, ...(healed.length > 0 ? { healed } : {}) } }
}

const recordHealed = (planned: PlannedObject, object: KubeObject, context: ApplyContext): AppliedObject => {
  const entry = planned.entry as InventoryEntry
  const fingerprint = entry.fingerprint && {
    ...entry.fingerprint,
    resourceVersion: object.metadata.resourceVersion ?? '',
    ...(object.metadata.generation === undefined ? {} : { generation: object.metadata.generation }),
  }
  const rest = compare(planned, object, fingerprint?.seen ?? {}, context).filter(({ path }) => !isReportOnly(path))
  return {
    outcome: { ...toOutcome(planned, 'done'), healed: listHealed(planned, rest) },
    ...(fingerprint && rest.length === 0 ? { entry: { ...entry, fingerprint } } : {}),
  }
}

const compare = (planned: PlannedObject, live: KubeObject, seen: JsonObject, context: ApplyContext): Difference[] =>
  compareObject({
    ref: planned.ref,
    ...(planned.desired ? { manifest: planned.desired.manifest } : {}),
    live,
    fingerprint: { seen },
    lists: context.lists(planned.ref),
    key: context.key,
    isAutoscaled: context.isAutoscaled,
    ignore: context.ignore,
  })

const listHealed = (planned: PlannedObject, rest: readonly Difference[]): string[] => {
  const left = new Set(rest.map(({ path }) => formatFieldPath(path)))
  return planned.heals
    ? planned.differences
        .filter(({ path }) => !isReportOnly(path))
        .map(({ path }) => formatFieldPath(path))
        .filter((field) => !left.has(field))
    : []
}

type Written = WriteResult & {
  /** The object that our write was made upon, where nothing else can have come in between. */
  readonly before?: KubeObject
  /** Is the answer known to be what the server makes of our manifest and of nothing else? */
  readonly trusted: boolean
}

const recordApplied = async (
  planned: PlannedObject,
  address: ObjectAddress,
  manifest: Manifest,
  { object, warnings, before, trusted }: Written,
  context: ApplyContext,
): Promise<AppliedObject> => {
  const read = trusted ? undefined : await readBaseline(context.client, address, manifest, object, write(context))
  const own =
    read && before
      ? (admitOwnWrite(read, toComparable(manifest), toComparable(before), toComparable(object)) as JsonObject)
      : read
  const fingerprintBefore = planned.entry?.fingerprint
  const known = fingerprintBefore?.digest === planned.digest ? fingerprintBefore?.seen : undefined
  const baseline = own && keepAllocated(own, known)
  const recorded = trusted || baseline ? undefined : known
  const expected = baseline ?? recorded
  const { live, refused, error }: Removal =
    expected && planned.heals
      ? await removeForeign(planned, object, expected, address, context)
      : { live: object, refused: [] }
  if (error && isImmutableError(error) && canReplace(planned, context)) {
    await replaceObject(planned, address, context)
    const anew = await context.client.apply(address, manifest, { ...write(context), force: true })
    return recordApplied(planned, address, manifest, { ...anew, trusted: anew.created }, context)
  }
  const admitted = findAdmitted(manifest, live)
  // What is left as it is must be seen again: only a fingerprint of an untouched object may say that nothing moved.
  const isClean = !expected || compare(planned, live, expected, context).length === 0
  const fingerprint = computeFingerprint({
    object: isClean ? live : withoutVersion(live),
    digest: planned.digest as string,
    revision: context.revision,
    key: context.key,
    ...(baseline ? { baseline } : {}),
    ...(recorded ? { recorded } : {}),
    admitted,
  })
  const healed = listHealed(planned, refused)
  return {
    outcome: {
      ...toOutcome(planned, error ? 'failed' : 'done'),
      ...(error ? { error: toRefused(planned, error) } : {}),
      ...(admitted.length > 0 ? { admitted } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(healed.length > 0 ? { healed } : {}),
    },
    entry: {
      ref: planned.ref,
      apiVersion: planned.apiVersion,
      uid: live.metadata.uid ?? '',
      fingerprint,
      ...(isKept(manifest) ? { keep: true } : {}),
    },
    lists: { [toGroupKind(planned.ref)]: collectListKeys(live.metadata.managedFields ?? []) },
  }
}

const withoutVersion = (object: KubeObject): KubeObject => {
  const { resourceVersion: _r, generation: _g, ...metadata } = object.metadata
  return { ...object, metadata }
}

type Removal = PartlyHealed & { readonly error?: Error }

/** Undoes what others had added, over and over while controllers write in between: every patch holds for one version only. */
const removeForeign = async (
  planned: PlannedObject,
  object: KubeObject,
  expected: JsonObject,
  address: ObjectAddress,
  context: ApplyContext,
): Promise<Removal> => {
  let live: KubeObject | undefined = object
  for (let attempt = 1; live; attempt++) {
    const differences = compare(planned, live, expected, context)
    const patch = computeHealPatch(live, differences)
    if (!patch) return { live, refused: [] }
    try {
      return { live: await context.client.patchJson(address, patch, write(context)), refused: [] }
    } catch (error) {
      if (isRefusal(error)) {
        const deps = { client: context.client, address, write: write(context) }
        return { ...(await healInPart(live, differences, deps)), error: error as Error }
      }
      if (!isLockstepError(error, 'KUBE_CONFLICT') || attempt >= ATTEMPTS) throw error
      live = await context.client.get(address, withSignal(context))
    }
  }
  return { live: object, refused: [] }
}

const toRefused = ({ ref }: PlannedObject, error: Error): Error =>
  isImmutableError(error) ? createImmutable(ref, error, NEVER_REPLACED.has(toGroupKind(ref))) : error

/** Charts say with this annotation that an object outlives its release. */
const isKept = ({ metadata }: Manifest): boolean => metadata.annotations?.['helm.sh/resource-policy'] === 'keep'
