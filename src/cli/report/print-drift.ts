import type { HealedReport } from '../../enforce/reports.ts'
import { EXIT, worstExitCode } from '../exit-code.ts'
import type { Format } from '../options.ts'
import type { World } from '../world.ts'
import { formatData } from './data.ts'
import { formatDriftMarkdown, layoutDriftReport } from './drift-report.ts'

type Options = { readonly all?: boolean; readonly hub?: string; readonly output: Format | 'html' }

/** Prints a report of drift, and gives the exit code that it means. */
export const printDrift = (report: HealedReport, options: Options, world: World): number => {
  world.stdout.write(formatReport(report, options, world))
  return worstExitCode([
    report.findings.length > 0 ? EXIT.differences : EXIT.nothingToReport,
    report.pending.some(({ reason }) => reason === 'renderFailed') ? EXIT.error : EXIT.nothingToReport,
    // What could not be read may have drifted: silence about it would be a lie.
    ...report.clusters.map(({ reachable, error }) =>
      reachable ? (error === undefined ? EXIT.nothingToReport : EXIT.error) : EXIT.unreachable,
    ),
  ])
}

const formatReport = (report: HealedReport, { output, all, hub }: Options, { clock, stdout }: World): string => {
  const layout = { now: clock.now(), ...(all ? { all } : {}), ...(hub === undefined ? {} : { hub }) }
  switch (output) {
    case 'json':
    case 'yaml':
      return formatData(report, output)
    case 'markdown':
      return formatDriftMarkdown(report, layout)
    case 'html':
    case 'table':
      return layoutDriftReport(report, { ...layout, ...stdout })
    default:
      return output satisfies never
  }
}
