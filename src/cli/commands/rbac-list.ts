import { createDiskTree } from '../../base/disk-tree.ts'
import { assertValidFleet } from '../../fleet/load.ts'
import { parseFleet } from '../../fleet/parse.ts'
import type { Selector } from '../../fleet/policy.ts'
import { listSelectorTerms, matchesSelector } from '../../fleet/selector.ts'
import { formatSubject } from '../../kube/rbac-identity.ts'
import { toRbacSubject } from '../../rbac/grant-risks.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { type AnswerFormat, printAnswer } from '../rbac/print.ts'
import { formatSome } from '../report/text.ts'
import { findFleetFolder } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac list`. */
export type GrantListOptions = Pick<FleetOptions, 'fleet'> & { readonly output: AnswerFormat }

/** `lockstep rbac list`: what is granted, from the documents alone. */
export const runGrantList = async (options: GrantListOptions, world: World): Promise<number> => {
  const { fleet: model, problems } = await parseFleet(createDiskTree(findFleetFolder(options, world)), {
    signal: world.signal,
  })
  assertValidFleet(problems)
  const now = world.clock.now().getTime()
  const granted = [...(model?.rbacGrants.values() ?? [])].flatMap(({ name, spec }) => {
    const clusters = [...(model?.clusters.values() ?? [])]
      .filter((cluster) => matchesSelector(spec.clusters as Selector, cluster))
      .map((cluster) => cluster.name)
    return spec.bindings.map(({ role, subjects, namespaces, expires, breakGlass }) => ({
      grant: name,
      role: `${spec.template.name}/${role}`,
      subjects: subjects.map((subject) => formatSubject(toRbacSubject(subject))),
      clusters: clusters.sort(),
      ...(namespaces ? { namespaces } : {}),
      ...(expires === undefined ? {} : { expires, expired: Date.parse(expires) <= now }),
      ...(breakGlass ? { breakGlass } : {}),
    }))
  })
  printAnswer(
    {
      data: granted,
      titles: ['GRANT', 'ROLE', 'WHO', 'NAMESPACES', 'CLUSTERS', 'ENDS', 'WHY'],
      rows: granted.map(({ grant, role, subjects, namespaces, clusters, expires, expired, breakGlass }) => [
        grant,
        role,
        formatSome(subjects, 4),
        namespaces === undefined ? '*' : formatSelector(namespaces as Selector),
        formatSome(clusters, 3),
        expires === undefined ? '' : `${expires}${expired ? ' (ended)' : ''}`,
        breakGlass?.reason ?? '',
      ]),
      empty: 'nothing is granted',
    },
    options.output,
    world,
  )
  return EXIT.nothingToReport
}

const formatSelector = (selector: Selector): string => {
  if ('names' in selector) return formatSome(selector.names, 4)
  const terms = listSelectorTerms(selector)
  return terms.length === 0 ? 'all' : terms.join(',')
}
