import { ROLES, type Role } from '../../../api/access.ts'

/** Which groups have which role. */
export type RoleGroups = Readonly<Partial<Record<Role, readonly string[]>>>

/** The highest role that one of the groups has; none where none has any. Pure. */
export const pickRole = (groups: readonly string[], roles: RoleGroups): Role | undefined =>
  ROLES.toReversed().find((role) => roles[role]?.some((group) => groups.includes(group)))

/** What a claim says of groups: a list, or one. Pure. */
export const readGroups = (claim: unknown): string[] =>
  (Array.isArray(claim) ? claim : [claim]).filter((group): group is string => typeof group === 'string')

/** Names that the trail has for others. */
const RESERVED = new Set(['bootstrap-admin', 'unknown'])

/** What the trail calls somebody: nothing that could be taken for a token, a hub or another line. Pure. */
export const pickName = (claims: Readonly<Record<string, unknown>>): string => {
  const { email, email_verified: isVerified, preferred_username: username, sub } = claims
  const names = [isVerified === false ? undefined : email, username]
  const name = names.find(
    (one): one is string => typeof one === 'string' && /^[\w.@+-]{1,200}$/.test(one) && !RESERVED.has(one),
  )
  return (
    name ??
    `sub:${String(sub)
      .replace(/[^\w.@+|:-]/g, '_')
      .slice(0, 200)}`
  )
}
