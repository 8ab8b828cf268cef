import { createApiError } from '../../api/errors.ts'
import { selectClusters } from '../../fleet/selector.ts'
import type { RunnerState } from '../cluster-runner.ts'
import type { Hub } from '../hub.ts'

/** The clusters of the fleet that a caller means, by name; all where nothing is said. */
export const selectKnown = (
  hub: Hub,
  { cluster: names, selector }: { readonly cluster?: readonly string[]; readonly selector?: string },
): RunnerState[] => {
  const clusters = new Map(hub.status().clusters.map((state) => [state.name, state]))
  const selected = selectClusters({ clusters }, { ...(names ? { names } : {}), ...(selector ? { selector } : {}) })
  return selected.map((name) => clusters.get(name) as RunnerState)
}

/** The fleet as it is brought to the clusters (`HUB_NOT_READY` where it was not read yet). */
export const assertReady = (hub: Hub): { readonly fleet: string; readonly revision: string } => {
  const session = hub.session()
  const { revision } = hub.status()
  if (session && revision !== undefined) return { fleet: session.fleet.name, revision }
  throw createApiError('HUB_NOT_READY', 'the hub has not read the fleet yet', {
    hint: 'wait a moment; GET /readyz tells why',
    retry: 'transient',
  })
}
