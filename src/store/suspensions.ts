/** Applying and healing are held back on a cluster, of a component, or of everything (both absent). */
export type Suspension = {
  readonly id: number
  readonly cluster?: string
  readonly component?: string
  readonly actor: string
  readonly reason: string
  readonly started: string
  readonly until: string
  readonly ended?: string
}

/** What is held back. */
export type SuspensionStore = {
  readonly suspend: (suspension: Omit<Suspension, 'id' | 'ended'>) => Promise<Suspension>
  /** Ends what holds back exactly this scope; gives what was ended. */
  readonly resume: (
    scope: { readonly cluster?: string; readonly component?: string },
    by: { readonly actor: string; readonly time: string },
  ) => Promise<readonly Suspension[]>
  /** Those in force at a time. */
  readonly listSuspensions: (time: string) => Promise<Suspension[]>
}
