import type { Clock } from '../base/clock.ts'

/** The world as fetching sees it. */
export type SourceDeps = {
  readonly clock: Clock
  /** The user's environment: PATH and HOME for git and its credential helpers, proxies, variables with credentials. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What the operator decides about fetching. */
export type SourceOptions = {
  /** The folder of everything that was fetched; shared by any number of processes. */
  readonly cacheDir: string
  /**
   * Hosts, addresses and CIDR ranges that may be reached although they are private or loopback, or speak plain HTTP;
   * `*` is any. None by default.
   */
  readonly allowPrivate?: readonly string[]
  /** May repositories be read from this machine's disk (`file://`)? Yes by default. */
  readonly allowFile?: boolean
  /** Use the cache alone. False by default. */
  readonly offline?: boolean
  /** How long a branch, a tag list or an index that was asked for is believed without asking again; a minute by default. */
  readonly refreshMs?: number
}
