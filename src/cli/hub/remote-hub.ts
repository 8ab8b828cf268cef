import type { HubClient } from '../../api/client.ts'
import { MAX_PAGE } from '../../api/operation.ts'
import type { Checkpoint } from '../../audit/checkpoint.ts'
import type { AuditRecord } from '../../audit/record.ts'
import { isTraceable, type Trace } from '../../store/trace.ts'
import type { World } from '../world.ts'
import type { HubView, Scope } from './hub-view.ts'
import { orAbsent } from './or-absent.ts'

/** A hub by its API. Disposing of it closes the client. */
export const createRemoteHub = (client: HubClient, { signal }: Pick<World, 'signal'>): HubView => {
  const options = { signal }
  const listNewest = async (filter: object, limit: number): Promise<AuditRecord[]> => {
    const records: AuditRecord[] = []
    const query = { ...filter, order: 'newest' as const, limit: Math.min(limit, MAX_PAGE) }
    for await (const record of client.iterate('listAudit', { query }, options)) {
      records.push(record as AuditRecord)
      if (records.length === limit) break
    }
    return records.toReversed()
  }
  return {
    iterateAudit: async function* (filter) {
      const query = { ...filter, limit: MAX_PAGE }
      for await (const record of client.iterate('listAudit', { query }, options)) yield record as AuditRecord
    },
    listNewestAudit: listNewest,
    getAudit: (seq) => orAbsent(client.call('getAuditRecord', { params: { seq } }, options) as Promise<AuditRecord>),
    readHead: async () => {
      const [last] = await listNewest({}, 1)
      return last && { seq: last.seq, hash: last.hash }
    },
    listCheckpoints: async () => {
      const checkpoints: Checkpoint[] = []
      const query = { limit: MAX_PAGE }
      for await (const checkpoint of client.iterate('listCheckpoints', { query }, options)) checkpoints.push(checkpoint)
      return checkpoints
    },
    getRevision: (commit) => orAbsent(client.call('getRevision', { params: { commit } }, options)),
    trace: async (of) => {
      if (!isTraceable(of)) return undefined
      return orAbsent(client.call('getTimeline', { params: { of } }, options) as Promise<Trace>)
    },
    readDriftHistory: ({ clusters, ...period }) =>
      client.call('getDriftHistory', { query: { ...period, ...(clusters ? { cluster: clusters } : {}) } }, options),
    acknowledge: (id, note) => orAbsent(client.call('acknowledge', { params: { id }, body: { note } }, options)),
    listSuspensions: async () => (await client.call('listSuspensions', {}, options)).items,
    suspend: (scope, { forMs, reason }) =>
      client.call('suspend', { body: { ...toNamed(scope), for: `${forMs}ms`, reason } }, options),
    resume: async (scope) => (await client.call('resume', { query: toNamed(scope) }, options)).items,
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** Everything has to be said. */
const toNamed = (scope: Scope): Scope & { readonly all?: boolean } =>
  scope.cluster === undefined && scope.component === undefined ? { all: true } : scope
