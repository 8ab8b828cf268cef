import type { FileTree, ReadOptions } from '../base/file-tree.ts'
import { createFleetError } from './errors.ts'
import type { FleetModel } from './model.ts'
import { parseFleet, sortProblems } from './parse.ts'
import { formatProblem, type Problem } from './problem.ts'
import { type ResolveDeps, resolveFleet } from './resolve.ts'
import type { ResolvedFleet } from './resolved.ts'

/** A fleet repository, read and resolved. */
export type LoadedFleet = {
  readonly model: FleetModel | undefined
  /** Incomplete where there are error problems. */
  readonly fleet: ResolvedFleet | undefined
  /** All of them: of files, documents, between documents, and of every cluster. */
  readonly problems: readonly Problem[]
}

/** Reads and resolves a fleet repository and tells all its problems at once; `clusters` limits what is resolved. */
export const loadFleet = async (
  tree: FileTree,
  deps: ResolveDeps = {},
  options: ReadOptions & { readonly clusters?: readonly string[] } = {},
): Promise<LoadedFleet> => {
  const { fleet: model, problems } = await parseFleet(tree, options)
  if (model === undefined) return { model, fleet: undefined, problems }
  const resolved = await resolveFleet(model, deps, options)
  const told = new Set(problems.map(toKey))
  const more = resolved.problems.filter((problem) => !told.has(toKey(problem)))
  return { model, fleet: resolved.fleet, problems: sortProblems([...problems, ...more]) }
}

/** Refuses a fleet that has error problems (`FLEET_INVALID`, all of them in `details.problems`). */
export const assertValidFleet = (problems: readonly Problem[]): void => {
  const errors = problems.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (first === undefined) return
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : ''
  throw createFleetError('FLEET_INVALID', `the fleet repository has problems: ${formatProblem(first)}${more}`, {
    position: first,
    hint: 'lockstep validate lists them all',
    details: { problems: errors },
  })
}

const toKey = ({ code, file, line, column, path }: Problem): string => JSON.stringify([code, file, line, column, path])
