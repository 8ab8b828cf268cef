import type { SourcePosition } from '../../base/errors.ts'
import { createFleetError } from '../../fleet/errors.ts'
import { formatPosition } from '../../fleet/problem.ts'
import type { KubeObject } from '../../kube/object.ts'
import { aggregateRoles, formatRbac, type RbacBinding } from '../../kube/rbac.ts'
import { type AccessPath, canAccess, createRbacIndex, explainAccess } from '../../kube/rbac-access.ts'
import { formatSubject } from '../../kube/rbac-identity.ts'
import { GRANT_LABEL } from '../../rbac/grant-label.ts'
import type { FleetSession } from '../../render/fleet-session.ts'
import { EXIT, worstExitCode } from '../exit-code.ts'
import type { Format } from '../options.ts'
import { type AccessOptions, parseRequest, parseWho, readFleetAccess } from '../rbac/fleet-access.ts'
import { type LastChange, readLastChange } from '../rbac/history.ts'
import { formatData } from '../report/data.ts'
import { toPrintable } from '../report/text.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep rbac explain`. */
export type ExplainOptions = AccessOptions & {
  readonly group?: readonly string[]
  readonly namespace?: string
  readonly name?: string
  readonly output: Format
}

type Document = { readonly name: string; readonly at: string; readonly change?: LastChange }

/** One way from a document in Git to the rule that allows it. */
type Explanation = {
  readonly subject: string
  readonly grant?: Document
  readonly template?: Document
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
  await using session = await openFleetSession({ ...options, cluster: [cluster] }, world)
  if (session.fleet.clusters.length > 1)
    throw createFleetError('CLUSTER_UNKNOWN', `"${cluster}" names several clusters`)
  const { clusters, exitCode } = await readFleetAccess(session, options, world)
  const [read] = clusters
  if (read === undefined) return exitCode
  const { roles, bindings } = read.live ?? read.git
  const index = createRbacIndex({ roles: aggregateRoles(roles), bindings })
  const stated = new Set(read.git.bindings.map(formatRbac))
  const explanations = await Promise.all(
    explainAccess(index, identity, request).map((path) =>
      explain(path, { session, world, stated, objects: read.liveObjects ?? [] }),
    ),
  )
  const isAllowed = canAccess(index, identity, request)
  if (options.output === 'json' || options.output === 'yaml') {
    world.stdout.write(formatData({ allowed: isAllowed, ways: explanations }, options.output))
  } else world.stdout.write(formatExplanations(explanations, isAllowed))
  return worstExitCode([exitCode, isAllowed ? EXIT.nothingToReport : EXIT.differences])
}

type ExplainDeps = {
  readonly session: FleetSession
  readonly world: World
  readonly stated: ReadonlySet<string>
  readonly objects: readonly KubeObject[]
}

const explain = async ({ subject, binding, role, rule }: AccessPath, deps: ExplainDeps): Promise<Explanation> => {
  const { model } = deps.session
  const grant = model.rbacGrants.get(binding.labels?.[GRANT_LABEL] ?? '')
  const template = grant && model.rbacTemplates.get(grant.spec.template.name)
  const isMadeByHand = !deps.stated.has(formatRbac(binding))
  return {
    subject: formatSubject(subject),
    ...(grant && !isMadeByHand
      ? { grant: await toDocument(grant.name, model.locate(grant.origin, '/metadata/name'), deps) }
      : {}),
    ...(template && !isMadeByHand
      ? { template: await toDocument(template.name, model.locate(template.origin, '/metadata/name'), deps) }
      : {}),
    binding: formatRbac(binding),
    ...(isMadeByHand ? { madeBy: findMaker(binding, deps.objects) } : {}),
    role: formatRbac(role),
    rule,
  }
}

const toDocument = async (
  name: string,
  position: SourcePosition,
  { session, world }: ExplainDeps,
): Promise<Document> => {
  const change = await readLastChange(session.directory, position, world)
  return { name, at: formatPosition(position), ...(change ? { change } : {}) }
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

const formatDocument = ({ name, at, change }: Document): string =>
  `${name}  ${at}  ${change ? `${change.commit} ${change.date} ${change.author}: ${change.subject}` : 'not committed'}`
