import type { CommandResult } from './command.ts'
import type { Workspace } from './workspace.ts'

const MOST_RUNS = 3

/**
 * Syncs until everything is applied, and gives each run. One is enough unless a server has so little processor time that
 * it does not establish its definitions in time: their instances are then left to the next run.
 */
export const syncUntilApplied = async (
  lockstep: Workspace['lockstep'],
  args: readonly string[],
): Promise<readonly CommandResult[]> => {
  const runs: CommandResult[] = []
  do runs.push(await lockstep(['sync', '--no-wait', ...args], { expect: runs.length + 1 < MOST_RUNS ? [0, 1] : [0] }))
  while (runs.at(-1)?.code !== 0)
  return runs
}
