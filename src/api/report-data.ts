import { type ErrorData, fromErrorData, toErrorData } from '../base/errors.ts'
import type { DiffReport, HealedReport, SyncReport } from '../enforce/reports.ts'

/** A report of what was done or would be, by the sort of order. */
export type ReportOf = {
  readonly sync: SyncReport
  readonly confirmDeletions: SyncReport
  readonly heal: HealedReport
  readonly look: HealedReport
  readonly diff: DiffReport
}

/** A report as data: errors become their code, message and hint. The rest stays as it is, as a fleet's can be large. */
export const toReportData = (report: ReportOf[keyof ReportOf]): Readonly<Record<string, unknown>> => ({
  ...report,
  clusters: report.clusters.map((cluster) => ({
    ...cluster,
    ...('outcomes' in cluster ? { outcomes: cluster.outcomes.map(toPlain) } : {}),
    ...('hookErrors' in cluster ? { hookErrors: cluster.hookErrors.map(toPlain) } : {}),
    ...('changes' in cluster ? { changes: cluster.changes.map(toPlain) } : {}),
  })),
})

const toPlain = <Item extends { readonly error?: Error }>(item: Item): object =>
  item.error === undefined ? item : { ...item, error: toErrorData(item.error) }

/** What {@link toReportData} made of a report of a sync. */
export const readSyncReport = (data: unknown): SyncReport => {
  const report = data as SyncReport
  return {
    ...report,
    clusters: report.clusters.map((cluster) => ({
      ...cluster,
      outcomes: cluster.outcomes.map(withError),
      hookErrors: cluster.hookErrors.map((failed) => ({ ...failed, error: fromErrorData(failed.error as ErrorData) })),
    })),
  }
}

/** What {@link toReportData} made of a report of a diff. */
export const readDiffReport = (data: unknown): DiffReport => {
  const report = data as DiffReport
  return {
    ...report,
    clusters: report.clusters.map((cluster) => ({ ...cluster, changes: cluster.changes.map(withError) })),
  }
}

const withError = <Item extends { readonly error?: Error }>(item: Item): Item =>
  item.error === undefined ? item : { ...item, error: fromErrorData(item.error as ErrorData) }
