import { createColors } from 'picocolors'
import type { ClusterReport, DriftReport, Finding } from '../../drift/report.ts'
import type { HealedReport } from '../../enforce/reports.ts'
import { SEVERITIES, type Severity } from '../../fleet/severity.ts'
import { formatRef, type ObjectRef } from '../../kube/object.ts'
import { type FoldedFinding, type FoldedPending, foldFindings, foldPending, rank } from './fold-findings.ts'
import { fitWidths, layoutTable } from './table.ts'
import {
  breakText,
  cutMiddle,
  escapeMarkdown,
  formatAge,
  formatCount,
  formatSome,
  formatValue,
  measureWidth,
  padText,
  toPrintable,
  wrapText,
} from './text.ts'

/** How a report is laid out. */
export type LayoutOptions = {
  readonly width: number
  readonly height: number
  readonly color: boolean
  readonly now: Date
  /** Every finding on a line of its own, whatever its severity. */
  readonly all?: boolean
  /** The hub that told it. */
  readonly hub?: string
}

const MEDIUM = SEVERITIES.indexOf('medium')
/** From here on a finding is a row of a table. */
const WIDE = 118
const MAX_VALUE = 60

/** The report as text that fits a screen: findings folded, the worst first, what has no room is counted. Pure. */
export const layoutDriftReport = (report: HealedReport, options: LayoutOptions): string => {
  const colors = createColors(options.color)
  const folded = options.all ? report.findings.map(toSingle).toSorted(bySeverity) : foldFindings(report.findings)
  const shown = options.all ? folded : folded.filter(({ finding }) => rank(finding) <= MEDIUM)
  const notes = [
    ...layoutHealed(report, options),
    ...layoutPending(report, options),
    ...layoutClusters(report.clusters, options),
  ]
  const limit = options.all ? Number.POSITIVE_INFINITY : options.height
  // Below the findings: a blank line, the notes, the summary, the hint and the prompt.
  const kept = notes.slice(0, Math.max(2, Math.min(notes.length, Math.floor(limit / 2))))
  const room = limit - kept.length - (notes.length > kept.length ? 6 : 5)
  const { lines, rows } = layoutFindings(shown, report, options, room)
  const hidden = folded.slice(rows)
  const hiddenText = hidden.length > 0 ? [colors.dim(formatHidden(hidden))] : []
  const body = [...lines, ...hiddenText]
  return [
    ...body,
    ...(body.length > 0 && kept.length > 0 ? [''] : []),
    ...kept,
    ...(notes.length > kept.length ? [colors.dim(`… and ${notes.length - kept.length} more lines: --all`)] : []),
    ...(body.length + kept.length > 0 ? [''] : []),
    colors.bold(cutMiddle(formatSummary(report), options.width)),
    ...formatHints(report, options).map((hint) => colors.dim(cutMiddle(hint, options.width))),
    '',
  ].join('\n')
}

const toSingle = (finding: Finding): FoldedFinding => ({
  finding,
  clusters: [finding.cluster],
  objects: [finding.object],
  within: 0,
  count: 1,
})

const bySeverity = (left: FoldedFinding, right: FoldedFinding): number => rank(left.finding) - rank(right.finding)

const layoutFindings = (
  shown: readonly FoldedFinding[],
  report: DriftReport,
  options: LayoutOptions,
  room: number,
): { readonly lines: string[]; readonly rows: number } => {
  if (shown.length === 0) return { lines: [], rows: 0 }
  const isWide = options.width >= WIDE
  const needs = (item: FoldedFinding): number =>
    isWide ? 1 + layoutNote(item.finding, options).length : layoutNarrow(item, report, options).length
  // A wide table has a line of titles, and what has no room is counted in one.
  let left = room - (isWide ? 2 : 1)
  const rows = shown.findIndex((item) => {
    left -= needs(item)
    return left < 0
  })
  const items = rows < 0 ? shown : shown.slice(0, Math.max(1, rows))
  return {
    lines: isWide ? layoutWide(items, report, options) : items.flatMap((item) => layoutNarrow(item, report, options)),
    rows: items.length,
  }
}

const layoutWide = (items: readonly FoldedFinding[], report: DriftReport, options: LayoutOptions): string[] => {
  const rows = items.map((item) => [
    item.finding.severity,
    formatClusters(item.clusters, report.clusters.length),
    formatObjects(item),
    item.finding.field ?? '',
    formatChange(item.finding),
    formatWho(item.finding, options.now),
    item.finding.owner ?? '',
  ])
  const style = (text: string, row: number): string => paint(items[row]?.finding.severity, text, options)
  const columns = [
    { title: 'SEVERITY', min: 8, style },
    { title: 'CLUSTER', min: 8 },
    { title: 'OBJECT', min: 30 },
    { title: 'FIELD', min: 18 },
    { title: 'GIT → LIVE', min: 18, cut: cutChange },
    { title: 'WHO' },
    { title: 'OWNER', min: 8 },
  ]
  const cells = rows.map((row) => row.map(toPrintable))
  const layout = { width: options.width, styleTitle: createColors(options.color).dim }
  const [title = '', ...lines] = layoutTable(columns, cells, layout)
  return [title, ...lines.flatMap((line, at) => [line, ...layoutNote(items[at]?.finding, options)])]
}

/** Why it is left, below it. */
const layoutNote = (finding: Finding | undefined, { width, color }: LayoutOptions): string[] => {
  const note = finding && findNote(finding)
  if (note === undefined) return []
  const { dim } = createColors(color)
  return breakText(toPrintable(note), width - INDENT).map((line) => ' '.repeat(INDENT) + dim(line))
}

/** Of what is being deleted, the note stands in the change already. */
const findNote = ({ note, drift }: Finding): string | undefined => (drift === 'terminating' ? undefined : note)

/** Where there is no room for columns: what and where on one line, field, values and who on the next. */
const layoutNarrow = (item: FoldedFinding, report: DriftReport, options: LayoutOptions): string[] => {
  const { dim, bold } = createColors(options.color)
  const room = options.width - INDENT
  const { finding, clusters } = item
  const isWhole = finding.field === undefined
  const what = isWhole ? `${formatObjects(item)} ${formatChange(finding)}` : formatObjects(item)
  const where = [formatClusters(clusters, report.clusters.length), finding.owner ?? '']
  const [first = '', ...rest] = fitParts([what, ...where], room, isWhole ? MAX_WHAT : LEAST)
  const who = formatWho(finding, options.now)
  const how = isWhole ? fitParts([who], room) : fitParts([finding.field ?? '', formatChange(finding), who], room)
  return [
    [paint(finding.severity, padText(finding.severity, INDENT - 2), options), bold(first), ...rest].join('  '),
    ...(how.length === 0
      ? []
      : [' '.repeat(INDENT) + how.map((part, at) => (at === how.length - 1 ? dim(part) : part)).join('  ')]),
    ...layoutNote(finding, options),
  ]
}

const INDENT = 10
const LEAST = 8
/** What happened to a whole object stands in the same part as its name, and must not be cut out of it. */
const MAX_WHAT = 48

/** The parts that are there, beside one another in `width` columns: the longest give way, the first only down to `least`. */
const fitParts = (parts: readonly string[], width: number, least = LEAST): string[] => {
  const texts = parts.filter((part) => part !== '').map(toPrintable)
  const widths = fitWidths(
    texts.map(measureWidth),
    texts.map((_, at) => (at === 0 ? least : LEAST)),
    width - 2 * (texts.length - 1),
  )
  return texts.map((text, at) => cutChange(text, widths[at] as number))
}

const ARROW = ' → '

/** Both values keep their share, or one could not see what became what. */
const cutChange = (text: string, width: number): string => {
  const at = text.indexOf(ARROW)
  if (at < 0 || measureWidth(text) <= width) return cutMiddle(text, width)
  const sides = [text.slice(0, at), text.slice(at + ARROW.length)]
  const [left = 1, right = 1] = fitWidths(sides.map(measureWidth), [], width - ARROW.length)
  return `${cutMiddle(sides[0] as string, left)}${ARROW}${cutMiddle(sides[1] as string, right)}`
}

const formatChange = (finding: Finding): string => {
  const { drift, field, git, live } = finding
  if (field === undefined) {
    const word = drift === 'unmanaged' ? 'is unmanaged' : drift === 'terminating' ? 'is being deleted' : drift
    return finding.note && drift === 'terminating' ? `${word}, ${finding.note}` : word
  }
  const show = (value: unknown): string => cutMiddle(formatValue(value), MAX_VALUE)
  return `${show(git)} → ${show(live)}`
}

const formatObjects = ({ objects, within }: FoldedFinding): string => {
  const [first] = objects as [ObjectRef]
  if (within > 0) return `${formatRef(first)} and ${formatCount(within, 'object')} in it`
  if (objects.length === 1) return formatRef(first)
  const isOneNamespace = objects.every(({ namespace }) => namespace === first.namespace)
  const place = isOneNamespace && first.namespace !== undefined ? `${first.namespace}/` : ''
  return `${objects.length} × ${first.kind}/${place}${formatSome(
    objects.map((ref) => (isOneNamespace ? ref.name : `${ref.namespace ?? ''}/${ref.name}`)),
    3,
  )}`
}

const formatClusters = (names: readonly string[], total: number): string => {
  if (names.length === 1) return names[0] as string
  return names.length === total ? `all ${total} clusters` : `${names.length} clusters`
}

const formatWho = ({ actor, manager, writers, changedAt }: Finding, now: Date): string =>
  [
    actor ?? (writers?.map((writer) => writer.manager).join(', then ') || manager),
    changedAt === undefined ? undefined : formatAge(changedAt, now),
  ]
    .filter((part) => part !== undefined)
    .join(', ')

const paint = (severity: Severity | undefined, text: string, options: LayoutOptions): string => {
  const { red, yellow, cyan, dim, bold } = createColors(options.color)
  const styles = { critical: (part: string) => bold(red(part)), high: red, medium: yellow, low: cyan, info: dim }
  return severity ? styles[severity](text) : text
}

const formatHidden = (hidden: readonly FoldedFinding[]): string => {
  const counts = SEVERITIES.map((severity) => {
    const count = hidden
      .filter(({ finding }) => finding.severity === severity)
      .reduce((sum, item) => sum + item.count, 0)
    return count > 0 ? `${count} ${severity}` : ''
  }).filter((text) => text !== '')
  return `… and ${counts.join(', ')} not shown: --all`
}

const layoutHealed = ({ healed }: HealedReport, options: LayoutOptions): string[] => {
  if (!healed || healed.length === 0) return []
  const { green } = createColors(options.color)
  return foldFindings(healed).map((item) => {
    const where = item.clusters.length === 1 ? item.clusters[0] : formatCount(item.clusters.length, 'cluster')
    const what = [formatObjects(item), item.finding.field ?? '', item.finding.field ? '' : `was ${item.finding.drift}`]
    const text = toPrintable([where, ...what].filter((part) => part !== '').join(' '))
    return `${green(padText('healed', 8))}  ${cutMiddle(text, options.width - 10)}`
  })
}

const layoutPending = ({ pending }: DriftReport, options: LayoutOptions): string[] => {
  const { blue, red } = createColors(options.color)
  return foldPending(pending).map((item) => {
    const label = item.reason === 'renderFailed' ? red(padText('error', 8)) : blue(padText('pending', 8))
    return `${label}  ${cutMiddle(toPrintable(formatPending(item)), options.width - 10)}`
  })
}

const formatPending = ({ reason, message, components, clusters, objects }: FoldedPending): string => {
  const what = components.length === 1 ? `component ${components[0]}` : formatCount(components.length, 'component')
  const where = clusters.length === 1 ? `on ${clusters[0]}` : `on ${clusters.length} clusters`
  const detail = message === undefined ? '' : ` (${message})`
  const which = objects.length === 1 ? formatRef(objects[0] as ObjectRef) : formatCount(objects.length, 'object')
  switch (reason) {
    case 'gitAhead':
      return `Git is ahead: ${which} of ${what} ${where}${detail}`
    case 'notSynced':
      return `never synced: ${what} ${where}${detail}`
    case 'notAdopted':
      return `exists and is not adopted: ${which} of ${what} ${where}${detail}`
    case 'unassigned':
      return `no longer assigned: ${what} ${where}${detail}`
    case 'overdue':
      return `access that has ended is still there: ${which} of ${what} ${where}${detail}`
    case 'renderFailed':
      return `${what} ${where} cannot be rendered${message === undefined ? '' : `: ${message}`}`
    default:
      return reason satisfies never
  }
}

const layoutClusters = (clusters: readonly ClusterReport[], options: LayoutOptions): string[] => {
  const { red, yellow } = createColors(options.color)
  const failed = groupBy(
    clusters.filter(({ error }) => error !== undefined),
    ({ error = '', reachable }) => `${reachable ? 'failed' : 'out of reach'}: ${error}`,
  )
  const warned = groupBy(
    clusters.flatMap(({ name, warnings = [] }) => warnings.map((warning) => ({ name, warning }))),
    ({ warning }) => warning,
  )
  // Why a cluster failed is never cut short: it is what has to be mended.
  const toLines = (
    label: string,
    style: (text: string) => string,
    items: readonly { readonly name: string }[],
    text: string,
  ): string[] => {
    const names = items.map(({ name }) => name)
    const lines = wrapText(toPrintable(`${formatSome(names, 3)}: ${text}`), options.width - 10)
    return lines.map((line, at) => `${at === 0 ? style(padText(label, 8)) : padText('', 8)}  ${line}`)
  }

  return [
    ...[...failed].flatMap(([text, items]) => toLines('error', red, items, text)),
    ...[...warned].flatMap(([text, items]) => toLines('warning', yellow, items, text)),
  ]
}

const groupBy = <Item>(items: readonly Item[], toKey: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(toKey(item), [...(groups.get(toKey(item)) ?? []), item])
  return groups
}

/** One line that says it all. */
export const formatSummary = ({ fleet, revision, clusters, findings, pending, healed }: HealedReport): string => {
  const bySeverity = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length
    return count > 0 ? [`${count} ${severity}`] : []
  })
  const failed = clusters.filter(({ error }) => error !== undefined)
  const unreachable = failed.filter(({ reachable }) => !reachable).length
  const ignored = clusters.reduce((sum, cluster) => sum + (cluster.ignored ?? 0), 0)
  const looked = clusters.length - failed.length
  const drift =
    findings.length > 0
      ? `${formatCount(findings.length, 'finding')}${healed ? ' left' : ''} (${bySeverity.join(', ')})`
      : looked === 0
        ? pending.length > 0
          ? 'no drift in what was read'
          : 'nothing was looked at'
        : healed
          ? 'no drift left'
          : 'no drift'
  return [
    `${fleet}@${formatRevision(revision)}: ${formatCount(clusters.length, 'cluster')}`,
    drift,
    ...(healed ? [`${healed.length} healed`] : []),
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
    ...(pending.length > 0 ? [`${pending.length} pending`] : []),
    ...(unreachable > 0 ? [`${unreachable} out of reach`] : []),
    ...(failed.length > unreachable ? [`${failed.length - unreachable} failed`] : []),
  ].join(', ')
}

/** Twelve digits of a commit, and whether the working tree differs from it. */
export const formatRevision = (revision: string): string =>
  revision.replace(/^([0-9a-f]{12})[0-9a-f]{28}(-dirty)?$/, '$1$2')

const formatHints = ({ findings, pending, healed }: HealedReport, { hub }: LayoutOptions): string[] => {
  const by = hub === undefined ? '' : ` --hub ${hub}`
  if (findings.length > 0 && !healed) return [`Undo it with: lockstep drift --heal${by}`]
  const isAhead = pending.some(({ reason }) => reason !== 'renderFailed')
  return isAhead && findings.length === 0 ? [`See what a sync would do with: lockstep diff${by}`] : []
}

/** The report as Markdown, for a chat or an issue. Pure. */
export const formatDriftMarkdown = (report: HealedReport, options: Pick<LayoutOptions, 'now' | 'all'>): string => {
  const folded = options.all ? report.findings.map(toSingle).toSorted(bySeverity) : foldFindings(report.findings)
  const shown = folded.filter(({ finding }) => options.all || rank(finding) <= MEDIUM)
  const hidden = folded.filter((item) => !shown.includes(item))
  const rows = shown.map((item) => {
    const { finding, clusters } = item
    const cells = [
      finding.severity,
      clusters.length > 3 ? formatClusters(clusters, report.clusters.length) : clusters.join(', '),
      formatObjects(item),
      finding.field ? `\`${finding.field}\`` : '',
      formatChange(finding) + (findNote(finding) === undefined ? '' : ` (${finding.note})`),
      formatWho(finding, options.now),
      finding.owner ?? '',
    ]
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`
  })
  const plain = { width: 500, height: 500, color: false, now: options.now }
  const notes = [
    ...layoutHealed(report, plain),
    ...layoutPending(report, plain),
    ...layoutClusters(report.clusters, plain),
  ].map((line) => `- ${escapeMarkdown(line.replace(/ {2,}/, ': '))}`)
  return [
    `**${escapeMarkdown(formatSummary(report))}**`,
    ...(rows.length > 0
      ? [
          '',
          '| Severity | Cluster | Object | Field | Git → live | Who | Owner |',
          '| --- | --- | --- | --- | --- | --- | --- |',
          ...rows,
        ]
      : []),
    ...(hidden.length > 0 ? ['', formatHidden(hidden).replace(': --all', '')] : []),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
  ].join('\n')
}
