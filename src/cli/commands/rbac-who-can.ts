import { aggregateRoles, formatRbac, type RbacObjects } from '../../kube/rbac.ts'
import { createRbacIndex, listWhoCan } from '../../kube/rbac-access.ts'
import { formatSubject } from '../../kube/rbac-identity.ts'
import type { AccessRequest } from '../../kube/rbac-rule.ts'
import { GRANT_LABEL } from '../../rbac/grant-label.ts'
import { type AccessOptions, openFleetAccess, parseRequest } from '../rbac/fleet-access.ts'
import { type AnswerFormat, printAnswer } from '../rbac/print.ts'
import { formatSome } from '../report/text.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac who-can`. */
export type WhoCanOptions = AccessOptions & {
  readonly namespace?: string
  readonly name?: string
  readonly output: AnswerFormat
}

/** One way in which somebody can do it, on all clusters where he can. */
type Way = {
  readonly subject: string
  readonly binding: string
  readonly role: string
  readonly grant?: string
  readonly clusters: string[]
  /** Where both are compared: in Git alone, on the clusters alone. */
  readonly only?: 'git' | 'live'
}

/** `lockstep rbac who-can`: everybody who may do something, over the fleet. */
export const runWhoCan = async (
  [verb = '', what = '']: readonly string[],
  options: WhoCanOptions,
  world: World,
): Promise<number> => {
  const request = parseRequest(verb, what, options)
  await using read = await openFleetAccess(options, world)
  const { clusters, exitCode } = read
  const ways = new Map<string, Way>()
  for (const { cluster, git, live } of clusters) {
    for (const way of compareWays(listWays(git, request), live && listWays(live, request), options.from)) {
      const key = JSON.stringify(way)
      const known = ways.get(key) ?? { ...way, clusters: [] }
      ways.set(key, known)
      known.clusters.push(cluster)
    }
  }
  const found = [...ways.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1))
  printAnswer(
    {
      data: found,
      titles: ['WHO', 'THROUGH', 'ROLE', 'GRANT', 'CLUSTERS', 'ONLY'],
      rows: found.map(({ subject, binding, role, grant = '', clusters: where, only = '' }) => [
        subject,
        binding,
        role,
        grant,
        formatSome(where, 4),
        only,
      ]),
      empty: 'nobody but members of system:masters',
    },
    options.output,
    world,
  )
  return exitCode
}

type FoundWay = Omit<Way, 'clusters'>

const listWays = ({ roles, bindings }: RbacObjects, request: AccessRequest): FoundWay[] =>
  listWhoCan(createRbacIndex({ roles: aggregateRoles(roles), bindings }), request).map(({ subject, binding, role }) => {
    const grant = binding.labels?.[GRANT_LABEL]
    return {
      subject: formatSubject(subject),
      binding: formatRbac(binding),
      role: formatRbac(role),
      ...(grant === undefined ? {} : { grant }),
    }
  })

const compareWays = (git: FoundWay[], live: FoundWay[] | undefined, from: AccessOptions['from']): FoundWay[] => {
  if (live === undefined) return git
  if (from !== 'both') return live
  const [stated, there] = [git, live].map((ways) => new Set(ways.map((way) => JSON.stringify(way))))
  return [
    ...git.filter((way) => !there?.has(JSON.stringify(way))).map((way) => ({ ...way, only: 'git' as const })),
    ...live.map((way) => (stated?.has(JSON.stringify(way)) ? way : { ...way, only: 'live' as const })),
  ]
}
