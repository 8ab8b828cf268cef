import type { Difference } from '../drift/compare.ts'
import { isReportOnly } from '../drift/compare.ts'
import type { ObservedObject } from '../drift/observe.ts'
import type { ComponentPolicy } from '../fleet/policy.ts'
import { findOwnEntry } from '../inventory/fingerprint.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import { type Manifest, toGroupKind, toVersion } from '../kube/object.ts'
import type { DesiredObject } from '../render/desired.ts'
import { canAdopt, findTracker } from './ownership.ts'
import type { PlannedObject } from './plan.ts'
import { toStage } from './stages.ts'

/**
 * What a run is for: `sync` brings the cluster to Git and undoes drift; `heal` only undoes drift; `reconcile` does what
 * the policies say without a person (what a hub runs in a loop).
 */
export type ReconcileMode = 'sync' | 'heal' | 'reconcile'

/** What {@link planDesired} decides from. */
export type PlanDesiredInput = {
  readonly component: string
  readonly policy: ComponentPolicy
  readonly desired: DesiredObject
  readonly digest: string
  readonly entry: InventoryEntry | undefined
  readonly observed: ObservedObject
  readonly differences: readonly Difference[]
  readonly mode: ReconcileMode
  /** The component that the inventory has the object under, where that is another one. */
  readonly previous?: string
}

/** Decides what is done to an object that Git states. Pure. */
export const planDesired = (input: PlanDesiredInput): PlannedObject => {
  const { observed, entry, desired, differences, policy, mode } = input
  const base: PlannedObject = {
    ref: observed.ref,
    apiVersion: desired.manifest.apiVersion,
    component: input.component,
    stage: toStage(observed.ref),
    action: 'unchanged',
    desired,
    digest: input.digest,
    ...(entry ? { entry } : {}),
    ...(observed.resource ? { resource: observed.resource } : {}),
    ...(observed.live ? { live: observed.live } : {}),
    isFull: observed.isFull,
    differences,
    heals: false,
  }
  const mayHeal = mode === 'sync' ? policy.drift !== 'ignore' : policy.drift === 'heal'
  const held = mode === 'heal' ? 'healing does not apply what is new in Git' : 'apply is manual'
  const mayApply = mode === 'sync' || (mode === 'reconcile' && policy.apply === 'auto')
  const skip = (reason: NonNullable<PlannedObject['skip']>['reason'], message: string): PlannedObject => ({
    ...base,
    action: 'skip',
    skip: { reason, message },
  })

  if (observed.state === 'unserved') {
    return skip(
      'unserved',
      observed.error?.message ??
        `the cluster does not serve ${toGroupKind(observed.ref)} ${desired.manifest.apiVersion}`,
    )
  }
  const version = toVersion(desired.manifest.apiVersion)
  if (observed.resource && observed.resource.version !== version) {
    const served = [observed.resource.group, observed.resource.version].filter(Boolean).join('/')
    return skip(
      'unserved',
      `the cluster serves ${observed.ref.kind} as ${served}, and not as ${desired.manifest.apiVersion}`,
    )
  }
  if (observed.state === 'terminating') {
    const finalizers = observed.live?.metadata.finalizers ?? []
    return skip(
      'terminating',
      finalizers.length > 0 ? `it is being deleted and waits for ${finalizers.join(', ')}` : 'it is being deleted',
    )
  }
  if (observed.state === 'absent') {
    const wasApplied = entry?.fingerprint !== undefined
    if (wasApplied && endsByItself(desired.manifest) && entry.fingerprint.digest === input.digest) return base
    if (wasApplied ? mayHeal || mayApply : mayApply)
      return { ...base, action: 'create', reason: wasApplied ? 'missing' : 'new' }
    return skip(wasApplied ? 'reportOnly' : 'manual', wasApplied ? `drift is ${policy.drift}` : held)
  }
  if (!entry) return planExisting(input, base, { mayApply, mayHeal, held })
  if (!entry.fingerprint) {
    return mayApply || mayHeal
      ? { ...base, action: 'configure', reason: 'unrecorded', heals: mayHeal }
      : skip('manual', held)
  }

  const isPending = entry.fingerprint.digest !== input.digest
  const healable = differences.filter(({ path }) => !isReportOnly(path))
  const heals = mayHeal && healable.length > 0
  if (isPending && mayApply) return { ...base, action: 'configure', reason: 'gitAhead', heals }
  if (heals) return { ...base, action: 'configure', reason: 'drift', heals }
  if (healable.length > 0) return skip('reportOnly', `drift is ${policy.drift}`)
  if (isPending) return skip('manual', held)
  const isUnowned =
    observed.isFull &&
    observed.live !== undefined &&
    findOwnEntry(observed.live) === undefined &&
    entry.fingerprint.entry !== undefined
  const isRecreated = observed.live !== undefined && entry.fingerprint.uid !== observed.live.metadata.uid
  if ((isUnowned || isRecreated) && mayHeal) return { ...base, action: 'configure', reason: 'unowned', heals: false }
  return base
}

const planExisting = (
  input: PlanDesiredInput,
  base: PlannedObject,
  { mayApply, mayHeal, held }: { readonly mayApply: boolean; readonly mayHeal: boolean; readonly held: string },
): PlannedObject => {
  const { observed, policy } = input
  const live = observed.live as NonNullable<typeof observed.live>
  const tracker = findTracker(live)
  const skip = (reason: 'notAdopted' | 'manual', message: string): PlannedObject => ({
    ...base,
    action: 'skip',
    skip: { reason, message },
  })
  if (input.previous !== undefined)
    return mayApply ? { ...base, action: 'configure', reason: 'handover' } : skip('manual', held)
  if (tracker.type === 'component' && tracker.component === input.component) {
    return mayApply || mayHeal
      ? { ...base, action: 'configure', reason: 'unrecorded', heals: mayHeal }
      : skip('manual', held)
  }
  const allowed = canAdopt(tracker, policy.adopt)
  if (allowed !== true) return skip('notAdopted', allowed)
  return mayApply
    ? { ...base, action: 'configure', reason: 'adopt', heals: true }
    : skip('notAdopted', 'it exists and was not adopted yet')
}

/** A Job that cleans up after itself: once it was applied, it is gone because it finished. */
export const endsByItself = ({ kind, spec }: Manifest): boolean =>
  kind === 'Job' && (spec as { ttlSecondsAfterFinished?: number } | undefined)?.ttlSecondsAfterFinished !== undefined

/** What {@link planRemoved} decides from. */
export type PlanRemovedInput = {
  readonly component: string
  readonly entry: InventoryEntry
  readonly observed: ObservedObject
  readonly prune: boolean
  readonly mode: ReconcileMode
  /** Access that has ended: it goes whatever the component says of pruning. */
  readonly isExpired?: boolean | undefined
  /** The component that has the object now, where it moved. */
  readonly movedTo?: string
  /** What is new in Git goes out by itself, or a person asked for it; true by default. */
  readonly mayApply?: boolean
}

/** Decides what is done to an object that we own and that Git no longer states. Pure. */
export const planRemoved = ({
  component,
  entry,
  observed,
  prune,
  mode,
  isExpired = false,
  movedTo,
  mayApply = true,
}: PlanRemovedInput): PlannedObject | undefined => {
  const base: PlannedObject = {
    ref: entry.ref,
    apiVersion: entry.apiVersion,
    component,
    stage: toStage(entry.ref),
    action: 'delete',
    reason: isExpired ? 'expired' : 'pruned',
    entry,
    ...(observed.resource ? { resource: observed.resource } : {}),
    ...(observed.live ? { live: observed.live } : {}),
    isFull: observed.isFull,
    differences: [],
    heals: false,
  }
  const skip = (reason: NonNullable<PlannedObject['skip']>['reason'], message: string): PlannedObject => {
    const { reason: _, ...rest } = base
    return { ...rest, action: 'skip', skip: { reason, message } }
  }
  if (movedTo !== undefined) return skip('replaced', `it belongs to component ${movedTo} now`)
  if (mode === 'heal') return undefined
  // Gone already, or another object of the same name: forgotten without a request.
  if (observed.state === 'absent') return base
  if (observed.state === 'unserved') {
    return observed.resource ? skip('unserved', observed.error?.message ?? 'it could not be read') : base
  }
  if (!mayApply && !isExpired) return skip('manual', 'apply is manual')
  if (entry.keep) return skip('pruneDisabled', 'its manifest said that it is to be kept')
  if (!prune && !isExpired) return skip('pruneDisabled', 'prune is off')
  return base
}
