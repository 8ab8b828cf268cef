import type { SyncReport } from '../../enforce/reports.ts'
import { EXIT, worstExitCode } from '../exit-code.ts'
import type { Format } from '../options.ts'
import type { World } from '../world.ts'
import { formatData } from './data.ts'
import { countOutcomes, formatSyncMarkdown, layoutSyncReport } from './sync-report.ts'

type Options = { readonly all?: boolean; readonly output: Format }

/** Prints what a sync did, and gives the exit code that it means. */
export const printSync = (report: SyncReport, options: Options, world: World): number => {
  world.stdout.write(formatReport(report, options, world))
  return report.interrupted ? EXIT.interrupted : toSyncExitCode(report)
}

const toSyncExitCode = ({ clusters, dryRun }: SyncReport): number =>
  worstExitCode(
    clusters.map(({ reachable, error, outcomes, pending, hookErrors, confirmation }) => {
      if (!reachable) return EXIT.unreachable
      const counts = countOutcomes(outcomes)
      const isBroken = pending.some(({ reason }) => reason === 'renderFailed') || hookErrors.length > 0
      if (error !== undefined || counts.failed > 0 || counts.notReady > 0 || isBroken) return EXIT.error
      const isPlanned = dryRun && counts.created + counts.configured + counts.deleted > 0
      const isLeft = outcomes.some(({ skip }) => skip !== undefined && LEFT.has(skip.reason))
      return isPlanned || isLeft || confirmation ? EXIT.differences : EXIT.nothingToReport
    }),
  )

/** Skips that leave a cluster other than Git says; the rest is as the policy wants it. */
const LEFT: ReadonlySet<string> = new Set([
  'notAdopted',
  'terminating',
  'unserved',
  'unconfirmed',
  'deferred',
  'dependency',
  'namespaceBusy',
  'interrupted',
  'lockout',
])

const formatReport = (report: SyncReport, { output, all }: Options, { stdout }: World): string => {
  switch (output) {
    case 'json':
    case 'yaml':
      return formatData(report, output)
    case 'markdown':
      return formatSyncMarkdown(report)
    case 'table':
      return layoutSyncReport(report, { ...stdout, ...(all ? { all } : {}) })
    default:
      return output satisfies never
  }
}
