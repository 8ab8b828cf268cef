import type { DiffReport } from '../../enforce/reports.ts'
import { formatFieldPath } from '../../kube/field-path.ts'
import { formatAccessChange } from '../../rbac/access-fold.ts'
import { EXIT, worstExitCode } from '../exit-code.ts'
import type { Format } from '../options.ts'
import type { World } from '../world.ts'
import { formatData } from './data.ts'
import { formatDiffMarkdown, isTold, layoutDiffReport } from './diff-report.ts'

type Options = { readonly all?: boolean; readonly output: Format }

/** Prints what a sync would do, and gives the exit code that it means. */
export const printDiff = (report: DiffReport, options: Options, world: World): number => {
  world.stdout.write(formatReport(report, options, world))
  return worstExitCode(
    report.clusters.map(({ reachable, error, changes, renderErrors }) => {
      if (!reachable) return EXIT.unreachable
      if (error !== undefined || renderErrors.length > 0 || changes.some((change) => change.error !== undefined))
        return EXIT.error
      return changes.some(isTold) ? EXIT.differences : EXIT.nothingToReport
    }),
  )
}

const formatReport = (report: DiffReport, { output, all }: Options, { stdout }: World): string => {
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
