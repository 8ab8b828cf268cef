import type { AlertStore } from '../alerts/outbox.ts'
import type { AccessStore } from './access.ts'
import type { AuditStore } from './audit-trail.ts'
import type { ChangeStore } from './changes.ts'
import type { ClusterStore } from './clusters.ts'
import type { FindingStore } from './findings.ts'
import type { InventoryStore } from './inventories.ts'
import type { RevisionStore } from './revisions.ts'
import type { SuspensionStore } from './suspensions.ts'

/**
 * What the hub remembers. Each call is one transaction, on the disk when it resolves; what it changes and the audit records
 * of it stand or fall together.
 */
export type Store = AsyncDisposable &
  StoreParts & {
    /**
     * Runs tasks one after the other in one transaction: waiting for the disk is what takes time, and many wait once. A task
     * that fails is undone alone; where the transaction fails, all have failed.
     */
    readonly together: <Result>(
      tasks: readonly ((store: StoreParts) => Promise<Result>)[],
    ) => Promise<readonly PromiseSettledResult<Result>[]>
  }

/** Everything that can be read and written. */
export type StoreParts = FindingStore &
  ChangeStore &
  ClusterStore &
  InventoryStore &
  RevisionStore &
  SuspensionStore &
  AuditStore &
  AccessStore &
  AlertStore
