import { createFleetError } from '../../fleet/errors.ts'
import type { KubeObject } from '../../kube/object.ts'
import { aggregateRoles, formatRbac, type RbacBinding } from '../../kube/rbac.ts'
import { type AccessPath, canAccess, createRbacIndex, explainAccess } from '../../kube/rbac-access.ts'
import { formatSubject } from '../../kube/rbac-identity.ts'
import { GRANT_LABEL } from '../../rbac/grant-label.ts'
import { EXIT, worstExitCode } from '../exit-code.ts'
import type { Format } from '../options.ts'
import {
  type AccessOptions,
  type FleetAccess,
  type GrantDocument,
  openFleetAccess,
  parseRequest,
  parseWho,
} from '../rbac/fleet-access.ts'
import { formatData } from '../report/data.ts'
import { toPrintable } from '../report/text.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac explain`. */
export type ExplainOptions = AccessOptions & {
  readonly group?: readonly string[]
  readonly namespace?: string
  readonly name?: string
  readonly output: Format
}

/** One way from a document in Git to the rule that allows it. */
type Explanation = {
  readonly subject: string
  readonly grant?: GrantDocument
  readonly template?: GrantDocument
  readonly binding: string
  /** Of a binding that nothing in Git makes. */
  readonly madeBy?: string
  readonly role: string
  readonly rule: AccessPath['rule']
}

/** `lockstep rbac explain`: why somebody may do something on a cluster, from the grant to the rule. Exits with 1 where he may not. */
export const runExplain = async (
  [who = '', verb = '', what = '', cluster = '']: readonly string[],
  options: ExplainOptions,
  world: World,
): Promise<number> => {
  const identity = parseWho(who, options.group)
  const request = parseRequest(verb, what, options)
  await using access = await openFleetAccess({ ...options, cluster: [cluster] }, world)
  const { clusters, exitCode } = access
  if (clusters.length > 1) throw createFleetError('CLUSTER_UNKNOWN', `"${cluster}" names several clusters`)
  const [read] = clusters
  if (read === undefined) return exitCode
  const { roles, bindings } = read.live ?? read.git
  const index = createRbacIndex({ roles: aggregateRoles(roles), bindings })
  const stated = new Set(read.git.bindings.map(formatRbac))
  const explanations = await Promise.all(
    explainAccess(index, identity, request).map((path) =>
      explain(path, { findGrant: access.findGrant, stated, objects: read.liveObjects ?? [] }),
    ),
  )
  const isAllowed = canAccess(index, identity, request)
  if (options.output === 'json' || options.output === 'yaml') {
    world.stdout.write(formatData({ allowed: isAllowed, ways: explanations }, options.output))
  } else world.stdout.write(formatExplanations(explanations, isAllowed))
  return worstExitCode([exitCode, isAllowed ? EXIT.nothingToReport : EXIT.differences])
}

type ExplainDeps = {
  readonly findGrant: FleetAccess['findGrant']
  readonly stated: ReadonlySet<string>
  readonly objects: readonly KubeObject[]
}

const explain = async ({ subject, binding, role, rule }: AccessPath, deps: ExplainDeps): Promise<Explanation> => {
  const label = binding.labels?.[GRANT_LABEL]
  const isMadeByHand = !deps.stated.has(formatRbac(binding))
  const documents = label === undefined || isMadeByHand ? undefined : await deps.findGrant(label)
  return {
    subject: formatSubject(subject),
    ...documents,
    binding: formatRbac(binding),
    ...(isMadeByHand ? { madeBy: findMaker(binding, deps.objects) } : {}),
    role: formatRbac(role),
    rule,
  }
}

/** The tool that wrote it first, as its managed fields tell. */
const findMaker = (binding: RbacBinding, objects: readonly KubeObject[]): string => {
  const object = objects.find(
    ({ kind, metadata }) =>
      kind === binding.kind && metadata.name === binding.name && metadata.namespace === binding.namespace,
  )
  if (object?.metadata.labels?.['kubernetes.io/bootstrapping']) return 'Kubernetes itself'
  const [first] = (object?.metadata.managedFields ?? []).toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1))
  return first === undefined ? 'unknown' : `${first.manager} at ${first.time}, not from Git`
}

const formatExplanations = (explanations: readonly Explanation[], isAllowed: boolean): string => {
  if (!isAllowed) return 'no: no role allows it\n'
  if (explanations.length === 0) return 'yes: members of system:masters may do everything\n'
  const lines = explanations.flatMap((each) => [
    `yes, as ${each.subject}`,
    ...(each.grant ? [`  grant     ${formatDocument(each.grant)}`] : []),
    ...(each.template ? [`  template  ${formatDocument(each.template)}`] : []),
    `  binding   ${each.binding}${each.madeBy === undefined ? '' : ` (made by ${each.madeBy})`}`,
    `  role      ${each.role}`,
    `  rule      ${JSON.stringify(each.rule)}`,
  ])
  return `${lines.map(toPrintable).join('\n')}\n`
}

const formatDocument = ({ name, at, change }: GrantDocument): string =>
  `${name}  ${at}  ${change ? `${change.commit} ${change.date} ${change.author}: ${change.subject}` : 'not committed'}`
