import type { CLUSTER_OPERATIONS } from '../../api/clusters.ts'
import { createNotFound } from '../../api/errors.ts'
import type { AnswerOf } from '../../api/operation.ts'
import { DEFAULT_PAGE } from '../../api/operation.ts'
import type { StoredCluster } from '../../store/clusters.ts'
import type { RunnerState } from '../cluster-runner.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { ApiDeps, Handlers } from './handler.ts'

type Cluster = AnswerOf<(typeof CLUSTER_OPERATIONS)['getCluster']>

export const CLUSTER_HANDLERS: Handlers<typeof CLUSTER_OPERATIONS> = {
  listClusters: async ({ query: { state, cursor, limit = DEFAULT_PAGE } }, deps) => {
    const after = decodeCursor<string>('listClusters', cursor, '')
    const all = await listClusters(deps)
    const found = all.filter((one) => one.name > after && (state === undefined || one.state === state))
    return toPage('listClusters', found, limit, ({ name }) => name)
  },
  getCluster: async ({ params: { name } }, deps) => {
    const cluster = (await listClusters(deps)).find((one) => one.name === name)
    if (!cluster) throw createNotFound('cluster', name)
    return cluster
  },
}

/** Those of the fleet as they are now, and those that left it as they were last; by name. */
const listClusters = async ({ hub, store }: ApiDeps): Promise<Cluster[]> => {
  const stored = new Map((await store.listClusters()).map((one) => [one.name, one]))
  const live = new Map(hub.status().clusters.map((one) => [one.name, one]))
  return [...new Set([...stored.keys(), ...live.keys()])]
    .sort()
    .map((name) => toCluster(name, live.get(name), stored.get(name)))
}

const toCluster = (name: string, live: RunnerState | undefined, stored: StoredCluster | undefined): Cluster => {
  const { state, message, target, applied, objects } = live ?? (stored as StoredCluster)
  return {
    name,
    ...(live ? { labels: live.labels } : {}),
    state,
    ...(message === undefined ? {} : { message }),
    ...(target === undefined ? {} : { target }),
    ...(applied === undefined ? {} : { applied }),
    objects,
    ...(stored ? { seen: stored.seen } : {}),
  }
}
