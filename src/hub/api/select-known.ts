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
