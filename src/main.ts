import { main as runCommandLine } from './cli/main.ts'

/** Everything that a Lockstep process can be. The programs know nothing of one another; they are put together here. */
export const main = (argv: readonly string[]): Promise<number> =>
  runCommandLine(argv, { hub: async () => (await import('./hub/run-hub.ts')).runHub })
