import type { ME_OPERATIONS } from '../../api/me.ts'
import type { Handlers } from './handler.ts'

export const ME_HANDLERS: Handlers<typeof ME_OPERATIONS> = {
  getMe: async ({ principal: { name, by, permissions, expires } }) => ({
    name,
    by,
    permissions: [...permissions],
    ...(expires === undefined ? {} : { expires }),
  }),
}
