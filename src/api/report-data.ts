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

/** A report as JSON: errors become their code, message and hint. */
export const toReportData = (report: ReportOf[keyof ReportOf]): unknown =>
  JSON.parse(JSON.stringify(report, (_, part: unknown) => (part instanceof Error ? toErrorData(part) : part)))

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
