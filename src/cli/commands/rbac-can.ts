import { type AccessChange, formatAccessChange, formatResource } from '../../rbac/access-fold.ts'
import { compareSubjectAccess, computeSubjectAccess } from '../../rbac/subject-access.ts'
import { type AccessOptions, openFleetAccess, parseWho } from '../rbac/fleet-access.ts'
import { type AnswerFormat, printAnswer } from '../rbac/print.ts'
import { formatSome } from '../report/text.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac can`. */
export type CanOptions = AccessOptions & { readonly group?: readonly string[]; readonly output: AnswerFormat }

/** `lockstep rbac can`: everything that somebody may, everywhere. */
export const runCan = async ([who = '']: readonly string[], options: CanOptions, world: World): Promise<number> => {
  const identity = parseWho(who, options.group)
  await using read = await openFleetAccess(options, world)
  const { clusters, exitCode } = read
  const git = clusters.map((each) => ({ cluster: each.cluster, objects: each.git }))
  const live = clusters.flatMap((each) => (each.live ? [{ cluster: each.cluster, objects: each.live }] : []))
  const isCompared = options.from === 'both'
  const access = isCompared
    ? compareSubjectAccess(git, live, identity)
    : computeSubjectAccess(live.length > 0 ? live : git, identity)
  const only = isCompared ? ['ONLY'] : []
  printAnswer(
    {
      data: access.map(({ subject: _, change, ...right }) => ({
        ...right,
        ...(isCompared ? { only: toOnly(change) } : {}),
        text: formatAccessChange({ subject: `user:${identity.user}`, change, ...right }),
      })),
      titles: [
        'CLUSTERS',
        'NAMESPACES',
        ...only,
        'RESOURCE',
        ...VERBS.map((verb) => verb.toUpperCase()),
        'OTHER',
        'RISK',
      ],
      rows: access.flatMap((right) =>
        right.places.flatMap((place) =>
          right.what.map((what) => [
            place.clusters.join(', '),
            place.namespaces?.join(', ') ?? '*',
            ...(isCompared ? [toOnly(right.change)] : []),
            formatResource(what),
            ...toCells(right.verbs),
            right.risks[0]?.level ?? '',
          ]),
        ),
      ),
      parts: { columns: 2 + only.length, toHeading },
      empty: isCompared ? 'the clusters are as Git says' : 'nothing',
    },
    options.output,
    world,
  )
  return exitCode
}

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

/** A mark for each of the usual verbs, and the others by name. */
const toCells = (verbs: readonly string[]): string[] => {
  const others = verbs.filter((verb) => !VERBS.includes(verb))
  return [...VERBS.map((verb) => (verbs.includes(verb) || verbs.includes('*') ? 'yes' : '')), others.join(', ')]
}

const toHeading = ([clusters = '', namespaces = '', only]: readonly string[]): string => {
  const [some, within] = [clusters, namespaces].map((names) => formatSome(names.split(', '), 4))
  const where = namespaces === '*' ? `on ${some}` : `in ${within} of ${some}`
  return only === 'live' || only === 'git' ? `${where}, only ${only === 'git' ? 'in Git' : 'there'}` : where
}

const toOnly = (change: AccessChange['change']): string => (change === 'gains' ? 'live' : 'git')
