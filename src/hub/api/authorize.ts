import type { Access } from '../../api/access.ts'
import type { Principal } from './principal.ts'

/** What comes of a request. */
export type Verdict = 'allowed' | 'unknown' | 'denied'

/**
 * The one place where it is decided who may do what. What is not said to be open is closed: an operation without an access
 * is nobody's. Pure.
 */
export const authorize = (access: Access | undefined, principal: Principal | undefined): Verdict => {
  if (access === 'public' || access === 'verified') return 'allowed'
  if (principal === undefined) return 'unknown'
  if (access === undefined) return 'denied'
  return access === 'signed-in' || principal.permissions.has(access) ? 'allowed' : 'denied'
}
