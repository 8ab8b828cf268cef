/** What somebody may do. Every operation of the API names one of them. */
export const PERMISSIONS = [
  'read',
  'suspend',
  'acknowledge',
  'silence',
  'sync',
  'heal',
  'confirm-deletions',
  'manage-tokens',
] as const

export type Permission = (typeof PERMISSIONS)[number]

/** What people are made by their groups; each may what those before it may. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const

export type Role = (typeof ROLES)[number]

const VIEWER: readonly Permission[] = ['read']
const OPERATOR: readonly Permission[] = [...VIEWER, 'suspend', 'acknowledge', 'silence', 'sync', 'heal']
const APPROVER: readonly Permission[] = [...OPERATOR, 'confirm-deletions']

/** What a role may. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  operator: OPERATOR,
  approver: APPROVER,
  admin: PERMISSIONS,
}

/**
 * Who may call an operation: whoever has the permission; `signed-in`: whoever is known; `public`: everybody; `verified`:
 * everybody, and the operation itself verifies what it is sent.
 */
export type Access = Permission | 'signed-in' | 'public' | 'verified'
