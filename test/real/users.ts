import { randomUUID } from 'node:crypto'

/** Users by name, with the groups they are in. */
export type Users = Readonly<Record<string, readonly string[]>>

/** Who every cluster knows. */
export const DEFAULT_USERS: Users = {
  admin: ['system:masters'],
  alice: ['oidc:team-a'],
  bob: ['oidc:team-b'],
  ci: ['oidc:ci'],
}

/** Who the components of the control plane are; all may everything. */
export const COMPONENT_USERS: Users = {
  'system:kube-controller-manager': ['system:masters'],
  'system:kube-scheduler': ['system:masters'],
  'system:kwok': ['system:masters'],
}

/** A new token for each user. */
export const createTokens = (users: Users): Record<string, string> =>
  Object.fromEntries(Object.keys(users).map((user) => [user, randomUUID()]))

/** The static token file of a kube-apiserver: token, name, uid, groups. */
export const formatTokenFile = (users: Users, tokens: Readonly<Record<string, string>>): string =>
  Object.entries(users)
    .map(([user, groups]) => `${tokens[user]},${user},${user},"${groups.join(',')}"\n`)
    .join('')
