import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { StoredCluster } from '../store/clusters.ts'
import type { RunnerState } from './cluster-runner.ts'

/**
 * How a cluster is as far as the store knows. What failed before the hub ended has failed until it is tried again: the
 * rollout must not go on meanwhile. Pure.
 */
export const toInitialState = (
  { labels }: ResolvedCluster,
  stored: StoredCluster | undefined,
): Partial<RunnerState> => ({
  labels,
  objects: stored?.objects ?? 0,
  ...(stored?.state === 'failed' && stored.target !== undefined ? { failed: stored.target } : {}),
  ...(stored?.target === undefined ? {} : { target: stored.target }),
  ...(stored?.applied === undefined ? {} : { applied: stored.applied }),
})
