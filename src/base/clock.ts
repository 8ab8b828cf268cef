/** Time as the product sees it, so that tests own it. */
export type Clock = {
  readonly now: () => Date
  /** Resolves after `ms`, rejects with the signal's reason when aborted. */
  readonly sleep: (ms: number, options?: { signal?: AbortSignal }) => Promise<void>
}
