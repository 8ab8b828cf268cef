/** How waits grow between attempts. */
export type BackoffOptions = {
  /** The wait after the first failure, before jitter. */
  readonly initialMs: number
  /** The longest wait, before jitter. */
  readonly maxMs: number
  /** 2 by default. */
  readonly factor?: number
  /** The share of the wait that chance may add, 0.5 by default: spreads callers that failed together. */
  readonly jitter?: number
}

/** Milliseconds to wait after the failure number `attempt` (the first is 0). Pure: chance is passed in, from 0 up to 1. */
export const computeBackoff = (attempt: number, random: () => number, options: BackoffOptions): number => {
  const grown = Math.min(options.maxMs, options.initialMs * (options.factor ?? 2) ** attempt)
  return Math.round(grown * (1 + (options.jitter ?? 0.5) * random()))
}
