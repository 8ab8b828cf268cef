import type { OPERATIONS } from '../../api/operations.ts'
import { ALERT_HANDLERS } from './alerts.ts'
import { AUDIT_HANDLERS } from './audit.ts'
import { CHANGE_HANDLERS } from './changes.ts'
import { CLUSTER_HANDLERS } from './clusters.ts'
import { DRIFT_HANDLERS } from './drift.ts'
import { createEventHandlers } from './events.ts'
import { FINDING_HANDLERS } from './findings.ts'
import { FLEET_HANDLERS } from './fleet.ts'
import type { Handlers } from './handler.ts'
import { LOGIN_HANDLERS } from './login/handlers.ts'
import { ME_HANDLERS } from './me.ts'
import { createOrderHandlers } from './orders.ts'
import { RBAC_HANDLERS } from './rbac.ts'
import { createServiceHandlers } from './service.ts'
import { SUSPENSION_HANDLERS } from './suspensions.ts'
import { TOKEN_HANDLERS } from './tokens.ts'

/** How everything that a hub serves is carried out. */
export const createHandlers = (): Handlers<typeof OPERATIONS> => ({
  ...createServiceHandlers(),
  ...ME_HANDLERS,
  ...FLEET_HANDLERS,
  ...CLUSTER_HANDLERS,
  ...FINDING_HANDLERS,
  ...DRIFT_HANDLERS,
  ...CHANGE_HANDLERS,
  ...SUSPENSION_HANDLERS,
  ...createOrderHandlers(),
  ...AUDIT_HANDLERS,
  ...RBAC_HANDLERS,
  ...ALERT_HANDLERS,
  ...createEventHandlers(),
  ...TOKEN_HANDLERS,
  ...LOGIN_HANDLERS,
})
