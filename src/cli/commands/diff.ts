import { type ClusterDiff, diffCluster } from '../../enforce/diff-cluster.ts'
import { formatFieldPath } from '../../kube/field-path.ts'
import { keepDeferred } from '../../plan/deletion-guard.ts'
import { computeAccessChange } from '../../rbac/access-change.ts'
import { type AccessChange, formatAccessChange } from '../../rbac/access-fold.ts'
import { createCliError } from '../errors.ts'
import { EXIT, toExitCode, worstExitCode } from '../exit-code.ts'
import type { ClusterOptions, Format } from '../options.ts'
import { createProgress } from '../progress.ts'
import { formatData } from '../report/data.ts'
import { type DiffReport, formatDiffMarkdown, isTold, layoutDiffReport } from '../report/diff-report.ts'
import { type ClusterRun, runClusters } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep diff`. */
export type DiffOptions = ClusterOptions & { readonly all?: boolean; readonly output: Format }

/** `lockstep diff`: what a sync would do, asked of the servers by dry run. */
export const runDiff = async (options: DiffOptions, world: World): Promise<number> => {
  await using session = await openFleetSession(options, world)
  const progress = createProgress(
    world.stderr,
    session.fleet.clusters.map(({ name }) => name),
    { quiet: true },
  )
  const runs = await runClusters(
    session,
    async ({ desired, deps }, call) => {
      const diff = await diffCluster({ desired }, deps, call)
      return { ...diff, result: { ...diff.result, plan: keepDeferred(diff.result.plan) } }
    },
    { ...options, emit: progress.emit },
    world,
  )
  progress.close()
  if (world.signal.aborted) throw createCliError('COMMAND_INTERRUPTED', 'interrupted')
  const report: DiffReport = {
    fleet: session.fleet.name,
    revision: session.revision,
    access: computeAccess(runs),
    clusters: runs.map((run) => {
      if (run.type === 'failed') return { ...run.report, changes: [], renderErrors: [] }
      const { changes, result } = run.result
      const warnings = [...(run.report.warnings ?? []), ...result.warnings]
      const { confirmation } = result.plan
      return {
        ...run.report,
        ...(warnings.length > 0 ? { warnings } : {}),
        changes,
        renderErrors: result.pending
          .filter(({ reason }) => reason === 'renderFailed')
          .map(({ component, message = '' }) => ({ component, message })),
        ...(confirmation ? { confirmation: { digest: confirmation.digest, reasons: confirmation.reasons } } : {}),
      }
    }),
  }
  world.stdout.write(formatReport(report, options, world))
  return worstExitCode([
    ...runs.map((run) => (run.type === 'failed' ? toExitCode(run.error) : EXIT.nothingToReport)),
    ...report.clusters.map(({ changes, renderErrors }) => {
      if (renderErrors.length > 0 || changes.some(({ error }) => error !== undefined)) return EXIT.error
      return changes.some(isTold) ? EXIT.differences : EXIT.nothingToReport
    }),
  ])
}

/** Over all clusters, so that the same gain on many is one sentence. */
const computeAccess = (runs: readonly ClusterRun<ClusterDiff>[]): AccessChange[] => {
  const planned = runs.flatMap((run) =>
    run.type === 'done' && run.result.access ? [{ cluster: run.name, ...run.result.access }] : [],
  )
  return computeAccessChange(
    planned.map(({ cluster, base }) => ({ cluster, objects: base })),
    planned.map(({ cluster, head }) => ({ cluster, objects: head })),
  )
}

const formatReport = (report: DiffReport, { output, all }: DiffOptions, { stdout }: World): string => {
  const layout = all ? { all } : {}
  switch (output) {
    case 'json':
    case 'yaml':
      return formatData(toData(report), output)
    case 'markdown':
      return formatDiffMarkdown(report, layout)
    case 'table':
      return layoutDiffReport(report, { ...stdout, ...layout })
    default:
      return output satisfies never
  }
}

/** For programs a field is text in the one grammar, and its values are named for what they are. */
const toData = (report: DiffReport): object => ({
  ...report,
  access: report.access.map((change) => ({ ...change, text: formatAccessChange(change) })),
  clusters: report.clusters.map((cluster) => ({
    ...cluster,
    changes: cluster.changes.filter(isTold).map((change) => ({
      ...change,
      differences: change.differences.map(({ path, change: kind, expected, live }) => ({
        field: formatFieldPath(path),
        change: kind,
        ...(expected === undefined ? {} : { before: expected }),
        ...(live === undefined ? {} : { after: live }),
      })),
    })),
  })),
})
