import type { Command } from 'commander'
import { createDiskTree } from '../../base/disk-tree.ts'
import { isLockstepError } from '../../base/errors.ts'
import { parseFleet } from '../../fleet/parse.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { findFleetFolder } from '../session.ts'
import type { World } from '../world.ts'

const SHELLS = ['bash', 'zsh', 'fish']

/** `lockstep completion`: the script that a shell sources. */
export const runCompletion = async (shell: string): Promise<number> => {
  if (!SHELLS.includes(shell)) {
    throw createCliError('USAGE_INVALID', `there is no completion for "${shell}"`, { hint: `use ${SHELLS.join(', ')}` })
  }
  const { script } = await import('@bomb.sh/tab')
  script(shell, 'lockstep', 'lockstep')
  return EXIT.nothingToReport
}

/** What those scripts call: suggestions for the words typed so far, names of clusters among them. */
export const runComplete = async (words: readonly string[], program: Command, world: World): Promise<number> => {
  const { default: tab } = await import('@bomb.sh/tab/commander')
  const root = tab(program, { completionCommandName: 'completion-of-tab' })
  root.commands.delete('completion-of-tab')
  const names = await listClusterNames(world)
  const complete = (suggest: (value: string, description: string) => void): void => {
    for (const name of names) suggest(name, '')
  }
  for (const command of root.commands.values()) {
    const clusters = command.options.get('cluster')
    if (clusters) clusters.handler = complete
    const name = command.arguments.get('name')
    if (name) name.handler = complete
  }
  root.commands.get('completion')?.argument('shell', (suggest) => {
    for (const shell of SHELLS) suggest(shell, '')
  })
  root.parse(words.filter((word, index) => index > 0 || word !== '--'))
  return EXIT.nothingToReport
}

/** None where there is no fleet, or a broken one: a completion is silent. */
const listClusterNames = async (world: World): Promise<string[]> => {
  try {
    const { fleet } = await parseFleet(createDiskTree(findFleetFolder({}, world)), { signal: world.signal })
    return [...(fleet?.clusters.keys() ?? [])].sort()
  } catch (error) {
    if (isLockstepError(error)) return []
    throw error
  }
}
