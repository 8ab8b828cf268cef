import type { ObjectOutcome } from '../apply/change-set.ts'
import type { ReconcileResult } from '../enforce/reconcile-cluster.ts'
import { formatRef } from '../kube/object.ts'
import { countDeferred } from '../plan/deletion-guard.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { ClusterState } from '../store/clusters.ts'
import type { Hold } from './hold-back.ts'

/** What a whole pass says of its cluster. */
export type PassVerdict = {
  readonly state: ClusterState
  /** The revision is on the cluster, and everything of it Current. */
  readonly isApplied: boolean
  /** It could not be brought there. */
  readonly isFailed: boolean
  readonly message?: string
}

/** Judges a pass, the worst that it met first. Pure. */
export const judgePass = (
  { outcomes, findings, pending, plan }: Pick<ReconcileResult, 'outcomes' | 'findings' | 'pending' | 'plan'>,
  desired: DesiredCluster,
  hold: Hold | undefined,
): PassVerdict => {
  const unrendered = desired.components.find(({ error }) => error !== undefined)
  if (unrendered) return fail(`component ${unrendered.name} cannot be rendered: ${(unrendered.error as Error).message}`)
  const failed = outcomes.find(({ actuation }) => actuation === 'failed')
  if (failed) return fail(`${formatRef(failed.ref)}: ${failed.error?.message ?? 'it could not be applied'}`)
  const unready = outcomes.find(({ status }) => status !== undefined && status !== 'Current')
  if (unready) return fail(`${formatRef(unready.ref)} is ${unready.status}: ${unready.statusMessage ?? ''}`)
  const blocked = outcomes.find(isBlocked)
  if (blocked) return fail(`${formatRef(blocked.ref)}: ${blocked.skip?.message ?? 'it was not reached'}`)
  if (hold) return { state: 'suspended', isApplied: false, isFailed: false, message: hold.reason }
  if (plan.confirmation) {
    const { digest, deletions } = plan.confirmation
    return {
      state: 'pending',
      isApplied: false,
      isFailed: false,
      message: `${deletions.length} deletions wait for somebody to confirm them: ${digest}`,
    }
  }
  const deferred = countDeferred(plan)
  if (deferred > 0)
    return {
      state: 'pending',
      isApplied: true,
      isFailed: false,
      message: `${deferred} deletions wait until those of all clusters are counted`,
    }
  const left = listLeft(findings, outcomes)
  if (left.length > 0)
    return { state: 'drifted', isApplied: true, isFailed: false, message: `${left.length} findings are only reported` }
  const ahead = pending.filter(({ reason }) => reason === 'gitAhead' || reason === 'notAdopted')
  const isHeld = ahead.some(({ object }) => object && !outcomes.some((one) => isSame(one, object) && isDone(one)))
  return { state: isHeld ? 'pending' : 'synced', isApplied: true, isFailed: false }
}

const fail = (message: string): PassVerdict => ({ state: 'failed', isApplied: false, isFailed: true, message })

const BLOCKED = new Set(['dependency', 'renderFailed', 'namespaceBusy', 'interrupted', 'terminating', 'unserved'])

const isBlocked = ({ skip }: ObjectOutcome): boolean => skip !== undefined && BLOCKED.has(skip.reason)

const isDone = ({ actuation, action }: ObjectOutcome): boolean => actuation === 'done' && action !== 'unchanged'

const isSame = ({ ref }: ObjectOutcome, object: ObjectOutcome['ref']): boolean => formatRef(ref) === formatRef(object)

/** Findings of objects that no write of the pass put right. */
const listLeft = (
  findings: ReconcileResult['findings'],
  outcomes: readonly ObjectOutcome[],
): ReconcileResult['findings'] => {
  const written = new Set(outcomes.filter(isDone).map(({ ref }) => formatRef(ref)))
  return findings.filter(({ object }) => !written.has(formatRef(object)))
}
