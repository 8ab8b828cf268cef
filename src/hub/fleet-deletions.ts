import type { DeletionGuard } from '../fleet/policy.ts'
import { countFleetDeletions, type FleetDeletions } from '../plan/deletion-guard.ts'
import type { RunnerState } from './cluster-runner.ts'

/** A revision's deletions over all clusters: they come last, when they are counted. */
export type FleetDeletionsOf = {
  readonly revision: string
  /** Nothing: they may go ahead, as far as each cluster's own guard lets them. */
  readonly decided?: FleetDeletions | 'allowed'
}

/**
 * Decides what becomes of the deletions of a revision, once every cluster that answers was looked at with it: until then,
 * what a cluster alone would let pass is kept back. A cluster that was away gets the decision when it is back. Pure.
 */
export const decideDeletions = (
  { revision, decided }: FleetDeletionsOf,
  clusters: readonly RunnerState[],
  guard: DeletionGuard,
): FleetDeletionsOf => {
  if (clusters.length === 1) return { revision, decided: 'allowed' }
  if (decided !== undefined || clusters.length === 0) return { revision, ...(decided ? { decided } : {}) }
  const answering = clusters.filter(({ isUnreachable }) => !isUnreachable)
  if (answering.length === 0 || answering.some(({ looked }) => looked !== revision)) return { revision }
  const counted = answering.map(({ deferred = 0, objects }) => ({ deferred, owned: objects }))
  return { revision, decided: countFleetDeletions(counted, guard) ?? 'allowed' }
}

/** What a pass over a cluster is told of them. Pure. */
export const toFleetDeletions = (
  { revision, decided }: FleetDeletionsOf,
  ofRevision: string,
): FleetDeletions | undefined => {
  if (ofRevision !== revision || decided === undefined) return { type: 'defer' }
  return decided === 'allowed' ? undefined : decided
}
