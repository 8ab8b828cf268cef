import { type AccessChange, formatAccessChange } from '../../rbac/access-fold.ts'
import { compareSubjectAccess, computeSubjectAccess } from '../../rbac/subject-access.ts'
import { type AccessOptions, parseWho, readFleetAccess } from '../rbac/fleet-access.ts'
import { type AnswerFormat, printAnswer } from '../rbac/print.ts'
import { formatSome } from '../report/text.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac can`. */
export type CanOptions = AccessOptions & { readonly group?: readonly string[]; readonly output: AnswerFormat }

/** `lockstep rbac can`: everything that somebody may, everywhere. */
export const runCan = async ([who = '']: readonly string[], options: CanOptions, world: World): Promise<number> => {
  const identity = parseWho(who, options.group)
  await using session = await openFleetSession(options, world)
  const { clusters, exitCode } = await readFleetAccess(session, options, world)
  const git = clusters.map((each) => ({ cluster: each.cluster, objects: each.git }))
  const live = clusters.flatMap((each) => (each.live ? [{ cluster: each.cluster, objects: each.live }] : []))
  const isCompared = options.from === 'both'
  const access = isCompared
    ? compareSubjectAccess(git, live, identity)
    : computeSubjectAccess(options.from === 'git' ? git : live, identity)
  printAnswer(
    {
      data: access.map(({ subject: _, change, ...right }) => ({
        ...right,
        ...(isCompared ? { only: toOnly(change) } : {}),
        text: formatAccessChange({ subject: `user:${identity.user}`, change, ...right }),
      })),
      titles: ['MAY', 'ON', 'NAMESPACES', 'CLUSTERS', 'RISK', ...(isCompared ? ['ONLY'] : [])],
      rows: access.map((right) => [
        right.verbs.join(','),
        right.what.join(', '),
        right.namespaces === undefined ? '*' : formatSome(right.namespaces, 4),
        formatSome(right.clusters, 4),
        right.risks[0]?.level ?? '',
        ...(isCompared ? [toOnly(right.change)] : []),
      ]),
      empty: isCompared ? 'the clusters are as Git says' : 'nothing',
    },
    options.output,
    world,
  )
  return exitCode
}

const toOnly = (change: AccessChange['change']): string => (change === 'gains' ? 'live' : 'git')
