import { createColors } from 'picocolors'
import { isLockstepError } from '../../base/errors.ts'
import { formatPosition, type Problem } from '../../fleet/problem.ts'
import type { ResolvedCluster } from '../../fleet/resolved.ts'
import { formatRef, toRef, toRefKey } from '../../kube/object.ts'
import { formatGrantRisk, listGrantRisks } from '../../rbac/grant-risks.ts'
import type { DesiredCluster } from '../../render/desired.ts'
import type { Session } from '../../render/fleet-session.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions, Format } from '../options.ts'
import { formatData } from '../report/data.ts'
import { formatCount, toPrintable } from '../report/text.ts'
import { openSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep validate`. */
export type ValidateOptions = FleetOptions & { readonly render: boolean; readonly output: Format }

/** `lockstep validate`: everything that is wrong in a fleet repository, without asking any cluster. */
export const runValidate = async (options: ValidateOptions, world: World): Promise<number> => {
  await using session = await openSession(options, world)
  const hasErrors = session.problems.some(({ severity }) => severity === 'error')
  const rendered = options.render && !hasErrors ? await checkRenderings(session, world) : []
  const risks = hasErrors ? [] : listRiskProblems(session)
  const problems = [...session.problems, ...risks, ...rendered]
  const clusters = session.fleet?.clusters.length ?? 0
  if (options.output === 'json' || options.output === 'yaml') {
    const { name } = session.fleet ?? { name: '' }
    world.stdout.write(formatData({ fleet: name, revision: session.revision, clusters, problems }, options.output))
  } else world.stdout.write(formatProblems(problems, clusters, session, { color: world.stdout.color }))
  return problems.some(({ severity }) => severity === 'error') ? EXIT.error : EXIT.nothingToReport
}

const formatProblems = (
  problems: readonly Problem[],
  clusters: number,
  session: Session,
  options: { readonly color: boolean },
): string => {
  const { red, yellow, bold, dim, green } = createColors(options.color)
  const lines = problems.flatMap((problem) => [
    `${bold(formatPosition(problem))}: ${problem.severity === 'error' ? red('error') : yellow('warning')}: ${toPrintable(problem.message)}`,
    ...(problem.hint === undefined ? [] : [dim(`  hint: ${toPrintable(problem.hint)}`)]),
  ])
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const about = `${session.fleet?.name || 'fleet'}: ${formatCount(clusters, 'cluster')}`
  const summary =
    errors > 0
      ? red(`${formatCount(errors, 'error')}${warnings > 0 ? `, ${formatCount(warnings, 'warning')}` : ''}`)
      : `${about}, ${green('no errors')}${warnings > 0 ? `, ${formatCount(warnings, 'warning')}` : ''}`
  return [...lines, ...(lines.length > 0 ? [''] : []), summary, ''].join('\n')
}

/** What goes wrong when every cluster is rendered; the same on several clusters is told once. */
const checkRenderings = async (session: Session, { signal, clock }: World): Promise<Problem[]> => {
  const { fleet, revision, renderDeps } = session
  if (!fleet) return []
  const { renderCluster } = await import('../../render/render-cluster.ts')
  const found: Problem[] = []
  for (const cluster of fleet.clusters) {
    const { deletionGuard, name } = fleet
    const input = { fleet: name, revision, deletionGuard, cluster, now: clock.now() }
    const desired = await renderCluster(input, renderDeps, { signal })
    found.push(...listRenderProblems(cluster, desired))
  }
  const folded = new Map<string, { problem: Problem; count: number }>()
  for (const problem of found) {
    const key = JSON.stringify([problem.code, problem.file, problem.line, problem.message])
    const known = folded.get(key)
    if (known) known.count++
    else folded.set(key, { problem, count: 1 })
  }
  return [...folded.values()].map(({ problem, count }) =>
    count === 1 ? problem : { ...problem, message: `${problem.message} (on ${count} clusters)` },
  )
}

/** What the grants let people do that is dangerous; the same on several clusters is told once. */
const listRiskProblems = ({ fleet }: Session): Problem[] => {
  const found = new Map<string, { problem: Problem; count: number }>()
  for (const { components } of fleet?.clusters ?? []) {
    for (const { source, origin } of components) {
      for (const risk of source.type === 'grant' ? listGrantRisks(source.grant) : []) {
        const message = formatGrantRisk(risk)
        const key = `${origin.file} ${origin.line} ${message}`
        const count = (found.get(key)?.count ?? 0) + 1
        found.set(key, { problem: { code: 'RBAC_RISK', severity: 'warning', message, ...origin }, count })
      }
    }
  }
  return [...found.values()].map(({ problem, count }) => ({
    ...problem,
    message: `${problem.message} (on ${formatCount(count, 'cluster')})`,
  }))
}

const listRenderProblems = (cluster: ResolvedCluster, desired: DesiredCluster): Problem[] => {
  const placeOf = (name: string) =>
    cluster.components.find((component) => component.name === name)?.origin ?? cluster.origin
  const problems: Problem[] = []
  const owners = new Map<string, string>()
  for (const { name, error, warnings, objects } of desired.components) {
    const origin = placeOf(name)
    if (error) {
      const { code, hint } = isLockstepError(error) ? error : { code: 'RENDER_FAILED', hint: undefined }
      problems.push({ code, severity: 'error', message: error.message, ...origin, ...(hint ? { hint } : {}) })
    } else if (objects.length === 0) {
      problems.push({
        code: 'RENDER_EMPTY',
        severity: 'warning',
        message: `component ${name} renders nothing`,
        ...origin,
      })
    }
    for (const warning of warnings)
      problems.push({
        code: 'RENDER_WARNING',
        severity: 'warning',
        message: `component ${name}: ${warning}`,
        ...origin,
      })
    for (const { manifest, hook } of objects) {
      if (hook) continue
      const key = toRefKey(toRef(manifest))
      const first = owners.get(key)
      if (first === undefined) owners.set(key, name)
      else {
        const message = `${formatRef(toRef(manifest))} is stated by component ${first} and by component ${name}`
        const hint = 'remove it from one of them'
        problems.push({ code: 'OBJECT_DUPLICATE', severity: 'error', message, hint, ...origin })
      }
    }
  }
  return problems
}
