import { createColors } from 'picocolors'
import type { ObjectOutcome } from '../../apply/change-set.ts'
import { isLockstepError } from '../../base/errors.ts'
import type { Pending } from '../../drift/report.ts'
import type { SyncedCluster, SyncReport } from '../../enforce/reports.ts'
import { formatRef } from '../../kube/object.ts'
import { formatRevision } from './drift-report.ts'
import { cutMiddle, escapeMarkdown, formatCount, formatSome, padText, toPrintable, wrapText } from './text.ts'

/** How much of what was done is told. */
export type SyncLayout = { readonly width: number; readonly color: boolean; readonly all?: boolean }

/** The counts of a cluster. Pure. */
export const countOutcomes = (outcomes: readonly ObjectOutcome[]) => {
  const count = (predicate: (outcome: ObjectOutcome) => boolean): number => outcomes.filter(predicate).length
  const isDone = ({ actuation }: ObjectOutcome): boolean => actuation === 'done' || actuation === 'pending'
  return {
    created: count((outcome) => isDone(outcome) && outcome.action === 'create'),
    configured: count((outcome) => isDone(outcome) && outcome.action === 'configure'),
    deleted: count((outcome) => isDone(outcome) && outcome.action === 'delete'),
    unchanged: count(({ action, actuation }) => action === 'unchanged' && actuation !== 'failed'),
    skipped: count(({ actuation }) => actuation === 'skipped'),
    failed: count(({ actuation }) => actuation === 'failed'),
    notReady: count(isNotReady),
  }
}

/** Was it written and is not Current? */
export const isNotReady = ({ actuation, status }: ObjectOutcome): boolean =>
  actuation === 'done' && status !== undefined && status !== 'Current'

/** Every cluster with its counts, and below it what needs a look. Pure. */
export const layoutSyncReport = (report: SyncReport, layout: SyncLayout): string => {
  const { bold, dim, yellow } = createColors(layout.color)
  const nameWidth = Math.min(32, Math.max(...report.clusters.map(({ name }) => name.length), 0))
  const lines = report.clusters.flatMap((cluster) => [
    cutMiddle(`${padText(cluster.name, nameWidth)}  ${formatCounts(cluster, report)}`, layout.width),
    ...layoutDetails(cluster, layout),
  ])
  return [
    ...lines,
    '',
    bold(cutMiddle(formatSyncSummary(report), layout.width)),
    ...(report.interrupted
      ? [yellow('Interrupted. What was done is recorded; the next lockstep sync finishes the rest.')]
      : []),
    ...(report.confirmWith === undefined
      ? []
      : ['Deletions wait for a confirmation. If they are meant, run:', `  ${report.confirmWith}`]),
    ...(report.dryRun ? [dim('Nothing was written: this was a dry run.')] : []),
    '',
  ].join('\n')
}

const formatCounts = (cluster: SyncedCluster, { dryRun }: SyncReport): string => {
  if (cluster.error !== undefined && cluster.outcomes.length === 0) {
    return `${cluster.reachable ? 'failed' : 'out of reach'}: ${toPrintable(cluster.error)}`
  }
  const { created, configured, deleted, unchanged, skipped, failed, notReady } = countOutcomes(cluster.outcomes)
  const words = dryRun
    ? { created: 'to create', configured: 'to configure', deleted: 'to delete' }
    : { created: 'created', configured: 'configured', deleted: 'deleted' }
  const parts = [
    [created, words.created],
    [configured, words.configured],
    [deleted, words.deleted],
    [unchanged, 'unchanged'],
    [skipped, 'skipped'],
    [failed, 'failed'],
    [notReady, 'not ready'],
  ] as const
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return `${told.join(', ') || 'nothing to do'}  (${(cluster.millis / 1_000).toFixed(1)}s)`
}

const INDENT = 12

const layoutDetails = (cluster: SyncedCluster, layout: SyncLayout): string[] => {
  const { red, yellow, blue, dim } = createColors(layout.color)
  const limit = layout.all ? Number.POSITIVE_INFINITY : 8
  const section = (label: string, style: (text: string) => string, texts: readonly string[]): string[] => [
    ...texts.slice(0, limit).flatMap((text) => {
      const [first = '', ...rest] = wrapText(toPrintable(text), Math.max(20, layout.width - INDENT))
      return [`  ${style(padText(label, INDENT - 3))} ${first}`, ...rest.map((line) => ' '.repeat(INDENT) + line)]
    }),
    ...(texts.length > limit ? [dim(`  … and ${texts.length - limit} more ${label}: --all`)] : []),
  ]
  const { outcomes, confirmation } = cluster
  const failed = outcomes.filter(({ actuation }) => actuation === 'failed')
  return [
    ...(cluster.error !== undefined && outcomes.length > 0 ? section('error', red, [cluster.error]) : []),
    ...section(
      'error',
      red,
      cluster.pending.filter(({ reason }) => reason === 'renderFailed').map(formatRenderFailure),
    ),
    ...section(
      'error',
      red,
      cluster.hookErrors.map(({ component, error }) => `component ${component}: ${error.message}`),
    ),
    ...section('failed', red, failed.map(formatFailure)),
    ...section('not ready', yellow, outcomes.filter(isNotReady).map(formatNotReady)),
    ...section('skipped', yellow, formatSkips(outcomes)),
    ...section('confirm', yellow, confirmation?.reasons ?? []),
    ...section('admitted', blue, outcomes.filter(({ admitted }) => admitted?.length).map(formatAdmitted)),
    ...section('warning', yellow, [
      ...(cluster.warnings ?? []),
      ...outcomes.flatMap(({ ref, warnings = [] }) => warnings.map((warning) => `${formatRef(ref)}: ${warning}`)),
    ]),
  ]
}

const formatRenderFailure = ({ component, message }: Pending): string =>
  `component ${component} cannot be rendered, nothing of it was touched: ${message ?? ''}`

const formatFailure = ({ ref, error }: ObjectOutcome): string => {
  const message = error?.message ?? ''
  const hint = isLockstepError(error) && error.hint ? ` (${error.hint})` : ''
  return message.includes(formatRef(ref)) ? `${message}${hint}` : `${formatRef(ref)}: ${message}${hint}`
}

const formatNotReady = ({ ref, status, statusMessage }: ObjectOutcome): string =>
  `${formatRef(ref)} is ${status}${statusMessage ? `: ${statusMessage}` : ''}`

/** The server changed these while admitting the object: told once, and no drift while it stays so. */
const formatAdmitted = ({ ref, admitted = [] }: ObjectOutcome): string =>
  `${formatRef(ref)}: the server changed or dropped ${formatSome(admitted, 3)}`

/** Objects that are skipped for the same reason are one line. */
const formatSkips = (outcomes: readonly ObjectOutcome[]): string[] => {
  const groups = new Map<string, string[]>()
  for (const { ref, skip, actuation } of outcomes) {
    // What waits for a confirmation is told with its reason.
    if (actuation !== 'skipped' || !skip || skip.reason === 'unconfirmed') continue
    groups.set(skip.message, [...(groups.get(skip.message) ?? []), formatRef(ref)])
  }
  return [...groups].map(([message, refs]) => `${formatSome(refs, 3)}: ${message}`)
}

const formatSyncSummary = (report: SyncReport): string => {
  const failed = report.clusters.filter(({ error }) => error !== undefined)
  const unreachable = failed.filter(({ reachable }) => !reachable).length
  const counts = report.clusters.map(({ outcomes }) => countOutcomes(outcomes))
  const sum = (key: keyof ReturnType<typeof countOutcomes>): number =>
    counts.reduce((total, count) => total + count[key], 0)
  const written = sum('created') + sum('configured') + sum('deleted')
  return [
    `${report.fleet}@${formatRevision(report.revision)}: ${formatCount(report.clusters.length, 'cluster')}`,
    `${formatCount(written, 'object')} ${report.dryRun ? 'to write' : 'written'}`,
    `${sum('unchanged')} unchanged`,
    ...(sum('skipped') > 0 ? [`${sum('skipped')} skipped`] : []),
    ...(sum('failed') > 0 ? [`${sum('failed')} failed`] : []),
    ...(sum('notReady') > 0 ? [`${sum('notReady')} not ready`] : []),
    ...(unreachable > 0 ? [`${unreachable} out of reach`] : []),
    ...(failed.length > unreachable ? [`${formatCount(failed.length - unreachable, 'cluster')} failed`] : []),
  ].join(', ')
}

/** The summary as Markdown. Pure. */
export const formatSyncMarkdown = (report: SyncReport): string => {
  const details = report.clusters.flatMap((cluster) => {
    const lines = layoutDetails(cluster, { width: 10_000, color: false })
    return lines.length > 0
      ? ['', `**${cluster.name}**`, '', ...lines.map((line) => `- ${escapeMarkdown(line.trim())}`)]
      : []
  })
  return [
    `**${escapeMarkdown(formatSyncSummary(report))}**`,
    '',
    '| Cluster | Result |',
    '| --- | --- |',
    ...report.clusters.map((cluster) => `| ${cluster.name} | ${escapeMarkdown(formatCounts(cluster, report))} |`),
    ...details,
    ...(report.confirmWith ? ['', `Confirm the deletions with \`${report.confirmWith}\`.`] : []),
    '',
  ].join('\n')
}
