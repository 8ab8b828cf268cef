import type { Kysely } from 'kysely'
import type { ClusterState, ClusterStore, StoredCluster } from '../clusters.ts'
import type { Tables } from '../schema.ts'

/** Clusters in a database. */
export const createClusterStore = (db: Kysely<Tables>): ClusterStore => ({
  saveCluster: async ({ name, target, applied, state, message, objects, seen }) => {
    const values = {
      target: target ?? null,
      applied: applied ?? null,
      state,
      message: message ?? null,
      objects,
      seen,
    }
    await db
      .insertInto('clusters')
      .values({ name, ...values })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .execute()
  },
  listClusters: async (filter) => {
    const all = db.selectFrom('clusters').selectAll().orderBy('name')
    const rows = await (filter ? all.where('name', 'in', filter.names) : all).execute()
    return rows.map(toCluster)
  },
  listClusterNames: async () => {
    const rows = await db.selectFrom('clusters').select('name').orderBy('name').execute()
    return rows.map(({ name }) => name)
  },
})

const toCluster = ({ name, target, applied, state, message, objects, seen }: Tables['clusters']): StoredCluster => ({
  name,
  ...(target === null ? {} : { target }),
  ...(applied === null ? {} : { applied }),
  state: state as ClusterState,
  ...(message === null ? {} : { message }),
  objects,
  seen,
})
