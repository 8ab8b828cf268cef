import { iterateAudit } from '../../store/audit-trail.ts'
import { readDriftHistory } from '../../store/drift-history.ts'
import type { Store } from '../../store/store.ts'
import { readTrace } from '../../store/trace.ts'
import type { World } from '../world.ts'
import type { HubView } from './hub-view.ts'

/** A hub by its data, whether it runs or not. Disposing of it closes the store. */
export const createLocalHub = (store: Store, { clock, holder }: Pick<World, 'clock' | 'holder'>): HubView => {
  // Whoever sits here, as the system knows him.
  const by = () => ({ actor: holder.replace(/\/[^/]*$/, ''), time: clock.now().toISOString() })
  return {
    iterateAudit: (filter) => iterateAudit(store, filter),
    listNewestAudit: async (filter, limit) =>
      (await store.listAudit({ ...filter, isNewestFirst: true, limit })).toReversed(),
    getAudit: async (seq) => {
      const [record] = await store.listAudit({ after: seq - 1, limit: 1 })
      return record?.seq === seq ? record : undefined
    },
    readHead: () => store.readHead(),
    listCheckpoints: () => store.listCheckpoints(),
    getRevision: (commit) => store.getRevision(commit),
    trace: (of) => readTrace(store, of),
    readDriftHistory: (period) => readDriftHistory(store, period),
    acknowledge: (id, note) => store.acknowledge(id, { note }, by()),
    listSuspensions: () => store.listSuspensions(by().time),
    suspend: (scope, { forMs, reason }) => {
      const { actor, time } = by()
      const until = new Date(Date.parse(time) + forMs).toISOString()
      return store.suspend({ ...scope, actor, reason, started: time, until })
    },
    resume: (scope) => store.resume(scope, by()),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
