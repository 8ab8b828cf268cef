import type { ApiUser } from './api.ts'
import { completeGroups } from './rest/identity.ts'
import { formatUid, toUidSeed } from './store/uid.ts'

/** Who a cluster knows, by token. */
export type Users = {
  readonly find: (token: string) => ApiUser | undefined
  readonly tokenOf: (username: string) => string | undefined
  /** Accepts one more token, as of a service account. */
  readonly accept: (token: string, user: ApiUser) => void
}

/** Static tokens by the seed, for users with the groups they are in. */
export const createUsers = (seed: string, given: Readonly<Record<string, readonly string[]>>): Users => {
  const tokenSeed = toUidSeed(`${seed}/tokens`)
  const tokens = new Map(Object.keys(given).map((username, index) => [username, formatUid(tokenSeed, index)]))
  const byToken = new Map<string, ApiUser>()
  for (const [username, token] of tokens) {
    byToken.set(token, { username, uid: username, groups: completeGroups(username, given[username] ?? []) })
  }
  return {
    find: (token) => byToken.get(token),
    tokenOf: (username) => tokens.get(username),
    accept: (token, user) => {
      byToken.set(token, user)
    },
  }
}
