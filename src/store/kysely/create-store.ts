import type { Kysely } from 'kysely'
import type { Tables } from '../schema.ts'
import type { Store, StoreParts } from '../store.ts'
import { createAccessStore } from './access.ts'
import { createAlertStore } from './alerts.ts'
import { createAuditStore } from './audit.ts'
import { createChangeStore } from './changes.ts'
import { createClusterStore } from './clusters.ts'
import { createFindingStore } from './findings.ts'
import { createInventoryStore } from './inventories.ts'
import { createRevisionStore } from './revisions.ts'
import { createSuspensionStore } from './suspensions.ts'

/** The store on a database that Kysely speaks to, its schema in place. Disposing of it closes the database. */
export const createStore = (db: Kysely<Tables>): Store => ({
  ...createParts(db),
  together: (tasks) => runTogether(db, tasks),
  [Symbol.asyncDispose]: () => db.destroy(),
})

const createParts = (db: Kysely<Tables>): StoreParts => ({
  ...createFindingStore(db),
  ...createChangeStore(db),
  ...createClusterStore(db),
  ...createInventoryStore(db),
  ...createRevisionStore(db),
  ...createSuspensionStore(db),
  ...createAuditStore(db),
  ...createAccessStore(db),
  ...createAlertStore(db),
})

const POINT = 'task'

const runTogether = async <Result>(
  db: Kysely<Tables>,
  tasks: readonly ((store: StoreParts) => Promise<Result>)[],
): Promise<readonly PromiseSettledResult<Result>[]> => {
  const [only] = tasks
  if (only === undefined) return []
  if (tasks.length === 1) return Promise.allSettled([only(createParts(db))])
  const transaction = await db.startTransaction().execute()
  try {
    const settled: PromiseSettledResult<Result>[] = []
    for (const task of tasks) {
      const point = await transaction.savepoint(POINT).execute()
      try {
        const value = await task(createParts(point))
        await point.releaseSavepoint(POINT).execute()
        settled.push({ status: 'fulfilled', value })
      } catch (reason) {
        await point.rollbackToSavepoint(POINT).execute()
        settled.push({ status: 'rejected', reason })
      }
    }
    await transaction.commit().execute()
    return settled
  } catch (error) {
    await transaction.rollback().execute()
    throw error
  }
}
