import { reviewAccess } from '../../rbac/review.ts'
import { EXIT, worstExitCode } from '../exit-code.ts'
import { type AccessOptions, openFleetAccess } from '../rbac/fleet-access.ts'
import { type AnswerFormat, printAnswer } from '../rbac/print.ts'
import { formatSome } from '../report/text.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac review`. */
export type ReviewOptions = AccessOptions & { readonly output: AnswerFormat }

/** `lockstep rbac review`: the access that somebody should look at, over the fleet. */
export const runReview = async (options: ReviewOptions, world: World): Promise<number> => {
  await using read = await openFleetAccess(options, world)
  const { clusters, exitCode } = read
  const reviewed = clusters.map(({ cluster, git, live }) =>
    live ? { cluster, objects: live, git } : { cluster, objects: git },
  )
  const items = reviewAccess(reviewed, { now: world.clock.now() })
  const limit = options.output === 'table' ? 4 : Number.POSITIVE_INFINITY
  printAnswer(
    {
      data: items,
      titles: ['LEVEL', 'WHY', 'WHO', 'BINDING', 'ROLE', 'GRANT', 'CLUSTERS', 'DETAILS'],
      rows: items.map(({ level, reason, subjects, binding, role, grant = '', clusters: where, details }) => [
        level,
        reason,
        formatSome(subjects, limit),
        binding,
        role,
        grant,
        formatSome(where, limit),
        details,
      ]),
      empty: 'nothing to look at',
    },
    options.output,
    world,
  )
  return worstExitCode([exitCode, items.length > 0 ? EXIT.differences : EXIT.nothingToReport])
}
