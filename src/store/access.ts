/** An API token; its secret is nowhere. Times are ISO 8601, UTC. */
export type StoredToken = {
  /** What it begins with, and is called by. */
  readonly id: string
  /** What it is for, in the words of who made it. */
  readonly name: string
  /** What the trail calls whoever uses it. */
  readonly actor: string
  /** SHA-256 of its secret, in hex. */
  readonly hash: string
  readonly permissions: readonly string[]
  readonly createdBy: string
  readonly created: string
  readonly expires: string
  /** To the minute. */
  readonly lastUsed?: string
  readonly revoked?: string
  readonly revokedBy?: string
}

/** Somebody who signed in with a browser. */
export type StoredSession = {
  /** SHA-256 of what the cookie holds, in hex. */
  readonly hash: string
  readonly actor: string
  readonly role: string
  readonly created: string
  /** To the minute. */
  readonly lastUsed: string
  readonly expires: string
}

type By = { readonly actor: string; readonly time: string }

/** Which tokens, by their ids. */
export type TokenFilter = {
  /** After this id: the end of the page before. */
  readonly after?: string
  /** Those that can be used at this time. */
  readonly usableAt?: string
  readonly limit?: number
}

/** Who may speak to the hub. What is made and ended here stands in the trail. */
export type AccessStore = {
  readonly createToken: (token: StoredToken, details: { readonly address?: string }) => Promise<void>
  readonly getToken: (id: string) => Promise<StoredToken | undefined>
  readonly listTokens: (filter: TokenFilter) => Promise<StoredToken[]>
  /** Undefined where there is none; one that is revoked stays as it is. */
  readonly revokeToken: (id: string, by: By) => Promise<StoredToken | undefined>
  readonly noteTokenUse: (id: string, time: string) => Promise<void>
  readonly createSession: (session: StoredSession, details: { readonly address: string }) => Promise<void>
  readonly getSession: (hash: string) => Promise<StoredSession | undefined>
  readonly noteSessionUse: (hash: string, time: string) => Promise<void>
  readonly endSession: (hash: string, by: By) => Promise<void>
  /** Forgets sessions that ended by themselves. Tokens are kept: the trail names them. */
  readonly forgetSessions: (ended: { readonly expiredAt: string; readonly unusedSince: string }) => Promise<void>
}
