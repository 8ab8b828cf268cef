import type { OPERATIONS } from '../../api/operations.ts'
import { CLUSTER_HANDLERS } from './clusters.ts'
import type { Handlers } from './handler.ts'
import { ME_HANDLERS } from './me.ts'
import { createServiceHandlers } from './service.ts'

/** How everything that a hub serves is carried out. */
export const createHandlers = (): Handlers<typeof OPERATIONS> => ({
  ...createServiceHandlers(),
  ...ME_HANDLERS,
  ...CLUSTER_HANDLERS,
})
