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
  FindingStore &
  ChangeStore &
  ClusterStore &
  InventoryStore &
  RevisionStore &
  SuspensionStore &
  AuditStore &
  AccessStore &
  AlertStore
