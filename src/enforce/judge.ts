import { readBaseline } from '../apply/baseline.ts'
import { mapLimited } from '../base/limit.ts'
import { compareObject, type Difference, isOpaqueDifference } from '../drift/compare.ts'
import { type ObservedObject, observeObjects, readObject, toAddress } from '../drift/observe.ts'
import type { IgnoreRule } from '../fleet/policy.ts'
import { COMPONENT_LABEL, PART_OF_LABEL, toApplySetId } from '../inventory/apply-set.ts'
import { FIELD_MANAGER, isSecret } from '../inventory/fingerprint.ts'
import { getListKeys, type Inventory, type InventoryEntry } from '../inventory/inventory.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import type { KubeObject, ObjectRef } from '../kube/object.ts'
import { toRefKey, toVersion } from '../kube/object.ts'
import { findTracker } from '../plan/ownership.ts'
import type { DesiredObject } from '../render/desired.ts'

/** An object of Git or of an inventory, with what is known of it. */
export type Subject = {
  readonly ref: ObjectRef
  readonly apiVersion: string
  readonly component: string
  readonly entry?: InventoryEntry
  /** Whose inventory has the entry. */
  readonly inventory?: Inventory
  readonly desired?: DesiredObject
  readonly digest?: string
  readonly ignore: readonly IgnoreRule[]
}

/** A subject that was looked at. */
export type JudgedObject = {
  readonly subject: Subject
  readonly observed: ObservedObject
  readonly differences: readonly Difference[]
}

/** What judging needs of the world. */
export type JudgeDeps = {
  readonly client: KubeClient
  readonly discovery: Discovery
  readonly key: Buffer | undefined
  readonly isAutoscaled: (ref: ObjectRef) => boolean
}

const CONCURRENCY = 16

/** Looks at all subjects, and compares those that were touched with what was recorded. */
export const judgeObjects = async (
  subjects: readonly Subject[],
  deps: JudgeDeps,
  options: { readonly signal?: AbortSignal; readonly deep?: boolean },
): Promise<Map<string, JudgedObject>> => {
  const observed = await observeObjects(subjects, deps, options)
  const judged = await mapLimited(subjects, CONCURRENCY, (subject) =>
    judgeObject(subject, observed.get(toRefKey(subject.ref)) as ObservedObject, deps, options),
  )
  return new Map(judged.map((result) => [toRefKey(result.subject.ref), result]))
}

/** Looks at one subject again. */
export const rejudgeObject = async (subject: Subject, deps: JudgeDeps, signal?: AbortSignal): Promise<JudgedObject> => {
  const { group, kind } = subject.ref
  const resource = deps.discovery.find(group, kind, toVersion(subject.apiVersion)) ?? deps.discovery.find(group, kind)
  const observed: ObservedObject = resource
    ? await readObject(subject.ref, resource, deps.client, signal ? { signal } : {})
    : { ref: subject.ref, state: 'unserved', isFull: false }
  return judgeObject(subject, observed, deps, signal ? { signal } : {})
}

const judgeObject = async (
  subject: Subject,
  observed: ObservedObject,
  deps: JudgeDeps,
  options: { readonly signal?: AbortSignal; readonly deep?: boolean },
): Promise<JudgedObject> => {
  const { live } = observed
  if (!live || (observed.state !== 'settled' && observed.state !== 'suspect'))
    return { subject, observed, differences: [] }
  const { fingerprint } = subject.entry ?? {}
  const manifest =
    subject.desired && subject.digest === (fingerprint?.digest ?? subject.digest) ? subject.desired.manifest : undefined
  const compare = (seen: Parameters<typeof compareObject>[0]['fingerprint']['seen']): Difference[] =>
    compareObject({
      ref: subject.ref,
      ...(subject.desired ? { manifest: subject.desired.manifest } : {}),
      live: live as KubeObject,
      fingerprint: { seen },
      lists: subject.inventory ? getListKeys(subject.inventory, subject.ref) : {},
      key: deps.key,
      isAutoscaled: deps.isAutoscaled,
      ignore: subject.ignore,
      metadataOnly: !observed.isFull,
    })
  const recorded = fingerprint && !(options.deep && manifest) ? compare(fingerprint.seen) : undefined
  if (recorded && !recorded.some((difference) => isOpaqueDifference(difference) && !isSecret(live))) {
    return { subject, observed, differences: recorded }
  }
  // Nothing is recorded of an object of ours (its inventory was lost), or where exactly it differs is not: what the
  // server would make of the manifest alone tells.
  if (!recorded && (!observed.isFull || !isOurs(subject, live as KubeObject)))
    return { subject, observed, differences: [] }
  if (!manifest || !observed.resource) return { subject, observed, differences: recorded ?? [] }
  const address = toAddress(subject.ref, observed.resource)
  const baseline = await readBaseline(deps.client, address, manifest, live as KubeObject, {
    fieldManager: FIELD_MANAGER,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  return { subject, observed, differences: baseline ? compare(baseline) : (recorded ?? []) }
}

/** Did we apply it, by what it says of itself? */
export const isOurs = (subject: Subject, live: KubeObject): boolean => {
  if (subject.entry) return true
  const tracker = findTracker(live)
  if (tracker.type === 'component') return tracker.component === subject.component
  // Its labels were taken from it, or its managed fields were: either alone still says whose it is.
  return (
    live.metadata.labels?.[COMPONENT_LABEL] === subject.component &&
    live.metadata.labels?.[PART_OF_LABEL] === toApplySetId(subject.component)
  )
}
