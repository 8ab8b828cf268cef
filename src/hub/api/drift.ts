import type { DRIFT_OPERATIONS } from '../../api/drift.ts'
import { createApiError } from '../../api/errors.ts'
import { readDriftHistory } from '../../store/drift-history.ts'
import { reportDrift } from '../report-drift.ts'
import type { Handlers } from './handler.ts'
import { toWholePeriod } from './period.ts'
import { selectKnown } from './select-known.ts'

export const DRIFT_HANDLERS: Handlers<typeof DRIFT_OPERATIONS> = {
  getDrift: async ({ query }, { hub, store }) => {
    const session = hub.session()
    const { revision } = hub.status()
    if (!session || revision === undefined) throw createNotReady()
    const resolved = new Map(session.fleet.clusters.map((cluster) => [cluster.name, cluster.components]))
    const clusters = selectKnown(hub, query).map((state) => ({ ...state, components: resolved.get(state.name) ?? [] }))
    return reportDrift({
      fleet: session.fleet.name,
      revision,
      clusters,
      open: await store.listFindings({ isOpen: true }),
    })
  },
  getDriftHistory: async ({ query: { cluster: clusters, ...period } }, { store, clock }) =>
    readDriftHistory(store, { ...toWholePeriod(period, clock.now()), ...(clusters ? { clusters } : {}) }),
}

const createNotReady = () =>
  createApiError('HUB_NOT_READY', 'the hub has not read the fleet yet', {
    hint: 'wait a moment; GET /readyz tells why',
    retry: 'transient',
  })
