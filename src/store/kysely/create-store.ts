import type { Kysely } from 'kysely'
import type { Tables } from '../schema.ts'
import type { Store } from '../store.ts'
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
  ...createFindingStore(db),
  ...createChangeStore(db),
  ...createClusterStore(db),
  ...createInventoryStore(db),
  ...createRevisionStore(db),
  ...createSuspensionStore(db),
  ...createAuditStore(db),
  ...createAccessStore(db),
  ...createAlertStore(db),
  [Symbol.asyncDispose]: () => db.destroy(),
})
