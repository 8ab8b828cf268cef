import { readDiffReport, readSyncReport } from '../../api/report-data.ts'
import type { SyncReport } from '../../enforce/reports.ts'
import { joinDigests } from '../../plan/deletion-guard.ts'
import { openHubClient } from '../hub/open-client.ts'
import { runOrder } from '../hub/run-order.ts'
import { toSelection } from '../hub/to-selection.ts'
import { printDiff } from '../report/print-diff.ts'
import { printSync } from '../report/print-sync.ts'
import type { World } from '../world.ts'
import type { DiffOptions } from './diff.ts'
import type { SyncOptions } from './sync.ts'

/** `lockstep diff --hub`: what a sync by the hub would do. */
export const runHubDiff = async (options: DiffOptions & { readonly hub: string }, world: World): Promise<number> => {
  await using client = openHubClient(options, world)
  const report = readDiffReport(await runOrder(client, 'diff', { body: toSelection(options) }, world))
  return printDiff(report, options, world)
}

/** `lockstep sync --hub`: lets the hub sync clusters, or carry out deletions that wait for a confirmation. */
export const runHubSync = async (options: SyncOptions & { readonly hub: string }, world: World): Promise<number> => {
  const { confirmDeletions: digest, dryRun = false } = options
  await using client = openHubClient(options, world)
  const data =
    digest === undefined
      ? await runOrder(client, 'sync', { body: { ...toSelection(options), dryRun } }, world)
      : await runOrder(client, 'confirmDeletions', { params: { digest } }, world)
  return printSync(withConfirmCommand(readSyncReport(data), options.hub), options, world)
}

const withConfirmCommand = (report: SyncReport, hub: string): SyncReport => {
  const digests = report.clusters.flatMap(({ name, confirmation }) =>
    confirmation ? [[name, confirmation.digest] as const] : [],
  )
  if (digests.length === 0) return report
  return { ...report, confirmWith: `lockstep sync --hub ${hub} --confirm-deletions ${joinDigests(digests)}` }
}
