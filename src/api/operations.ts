import { ALERT_OPERATIONS } from './alerts.ts'
import { AUDIT_OPERATIONS } from './audit.ts'
import { CHANGE_OPERATIONS } from './changes.ts'
import { CLUSTER_OPERATIONS } from './clusters.ts'
import { DRIFT_OPERATIONS } from './drift.ts'
import { EVENT_OPERATIONS } from './events.ts'
import { FINDING_OPERATIONS } from './findings.ts'
import { FLEET_OPERATIONS } from './fleet.ts'
import { LOGIN_OPERATIONS } from './login.ts'
import { ME_OPERATIONS } from './me.ts'
import type { Operation } from './operation.ts'
import { ORDER_OPERATIONS } from './orders.ts'
import { RBAC_OPERATIONS } from './rbac.ts'
import { SERVICE_OPERATIONS } from './service.ts'
import { SUSPENSION_OPERATIONS } from './suspensions.ts'
import { TOKEN_OPERATIONS } from './tokens.ts'

/** Everything that a hub serves. There is no route that is not here. */
export const OPERATIONS = {
  ...SERVICE_OPERATIONS,
  ...ME_OPERATIONS,
  ...FLEET_OPERATIONS,
  ...CLUSTER_OPERATIONS,
  ...FINDING_OPERATIONS,
  ...DRIFT_OPERATIONS,
  ...CHANGE_OPERATIONS,
  ...SUSPENSION_OPERATIONS,
  ...ORDER_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...RBAC_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...EVENT_OPERATIONS,
  ...TOKEN_OPERATIONS,
  ...LOGIN_OPERATIONS,
} as const

/** The name of an operation. */
export type OperationId = keyof typeof OPERATIONS

/** An operation with its name. */
export type NamedOperation = Operation & { readonly id: OperationId }

/** The table as a list. */
export const listOperations = (): NamedOperation[] =>
  Object.entries(OPERATIONS).map(([id, operation]) => ({ id: id as OperationId, ...operation }))
