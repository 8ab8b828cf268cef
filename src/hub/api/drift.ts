import type { DRIFT_OPERATIONS } from '../../api/drift.ts'
import { readDriftHistory } from '../../store/drift-history.ts'
import { isBehind, reportDrift } from '../report-drift.ts'
import type { Handlers } from './handler.ts'
import { toWholePeriod } from './period.ts'
import { assertReady, selectKnown } from './select-known.ts'

export const DRIFT_HANDLERS: Handlers<typeof DRIFT_OPERATIONS> = {
  getDrift: async ({ query }, { hub, store }) => {
    const head = assertReady(hub)
    const resolved = new Map(hub.session()?.fleet.clusters.map((cluster) => [cluster.name, cluster.components]))
    const clusters = await Promise.all(
      selectKnown(hub, query).map(async (state) => ({
        ...state,
        components: resolved.get(state.name) ?? [],
        ...(isBehind(state, head.revision) ? { stored: await store.listComponents(state.name) } : {}),
      })),
    )
    return reportDrift({ ...head, clusters, open: await store.listFindings({ isOpen: true }) })
  },
  getDriftHistory: async ({ query: { cluster: clusters, ...period } }, { store, clock }) =>
    readDriftHistory(store, { ...toWholePeriod(period, clock.now()), ...(clusters ? { clusters } : {}) }),
}
