import type { FleetSession } from '../render/fleet-session.ts'

/** Fleets by commit. */
export type Sessions = AsyncDisposable & {
  readonly open: (commit: string) => Promise<FleetSession>
  /** Closes those that nobody is at any more. */
  readonly prune: (used: ReadonlySet<string>) => void
}

/** Sessions by commit, each opened once, closed when no cluster is at it any more. */
export const createSessions = (open: (commit: string) => Promise<FleetSession>): Sessions => {
  const sessions = new Map<string, Promise<FleetSession>>()
  const close = async (commit: string): Promise<void> => {
    const session = sessions.get(commit)
    sessions.delete(commit)
    await (await session)?.[Symbol.asyncDispose]()
  }
  return {
    open: (commit) => {
      const known = sessions.get(commit)
      if (known) return known
      const opened = open(commit)
      sessions.set(commit, opened)
      opened.catch(() => sessions.delete(commit))
      return opened
    },
    prune: (used) => {
      for (const commit of sessions.keys()) if (!used.has(commit)) void close(commit)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([...sessions.keys()].map(close))
    },
  }
}
