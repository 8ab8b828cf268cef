import { createColors } from 'picocolors'
import { formatDuration } from '../../base/duration.ts'
import type { DriftHistory, HistoryLine, Quantiles } from '../../store/drift-history.ts'
import { escapeHtml, formatBars, formatHtmlTable, formatPage } from './html.ts'
import { layoutTable } from './table.ts'
import { escapeMarkdown, formatCount, toPrintable } from './text.ts'

type Section = { readonly title: string; readonly column: string; readonly lines: readonly HistoryLine[] }

const listSections = (history: DriftHistory): Section[] =>
  [
    { title: 'What comes again', column: 'Difference', lines: history.recurring },
    { title: 'Who', column: 'By', lines: history.byActor },
    { title: 'Clusters', column: 'Cluster', lines: history.byCluster },
    { title: 'Components', column: 'Component', lines: history.byComponent },
    { title: 'Owners', column: 'Owner', lines: history.byOwner },
    { title: 'Severity', column: 'Severity', lines: history.bySeverity },
  ].filter(({ lines }) => lines.length > 0)

const MOST_LINES = 10
const BLOCKS = ' ▁▂▃▄▅▆▇█'

/** The drift of a period for a terminal: a line of bars, then the most frequent of each sort. Pure. */
export const layoutHistory = (
  history: DriftHistory,
  options: { readonly width: number; readonly color: boolean },
): string => {
  const { bold, dim } = createColors(options.color)
  const most = Math.max(1, ...history.byDay.map(({ findings }) => findings))
  const bars = history.byDay.map(({ findings }) => BLOCKS[Math.ceil((findings / most) * 8)]).join('')
  const sections = listSections(history).flatMap(({ title, column, lines }) => {
    const rows = lines.slice(0, MOST_LINES).map((line) => toCells(line).map(toPrintable))
    const columns = [column, ...TITLES].map((text) => ({ title: text.toUpperCase().replace(/#$/, ''), min: 6 }))
    const more = lines.length - rows.length
    return [
      '',
      bold(title),
      ...layoutTable(columns, rows, { width: options.width, styleTitle: dim }),
      ...(more > 0 ? [dim(`… and ${more} more`)] : []),
    ]
  })
  return [
    bold(formatSummary(history)),
    ...(history.total.findings > 0 ? [`${bars}  a day`] : []),
    ...sections,
    '',
  ].join('\n')
}

const TITLES = ['Findings#', 'Open#', 'Healed#', 'Seen after#', 'Healed after#'] as const

const toCells = ({ name, findings, open, healed, detectMs, healMs }: HistoryLine): string[] => [
  name,
  String(findings),
  String(open),
  String(healed),
  formatQuantiles(detectMs, formatDetected),
  formatQuantiles(healMs, formatDuration),
]

const formatQuantiles = (quantiles: Quantiles | undefined, format: (ms: number) => string): string => {
  if (quantiles === undefined) return ''
  const [middle, most] = [format(quantiles.p50), format(quantiles.p95)]
  return middle === most ? middle : `${middle} (95%: ${most})`
}

/** Kubernetes notes the time of a change by the second: what is less is not known. */
const formatDetected = (ms: number): string => (ms < 1_000 ? '<1s' : formatDuration(ms))

const formatSummary = ({ total, since, until }: DriftHistory): string =>
  `${formatCount(total.findings, 'finding')} from ${since.slice(0, 10)} to ${until.slice(0, 10)}: ${total.healed} healed, ${total.open} open`

/** The same as Markdown. Pure. */
export const formatHistoryMarkdown = (history: DriftHistory): string => {
  const toRow = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`
  const sections = listSections(history).map(({ title, column, lines }) =>
    [
      `## ${title}`,
      '',
      toRow([column, ...TITLES.map((text) => text.replace(/#$/, ''))]),
      toRow(['---', ...TITLES.map(() => '---:')]),
      ...lines.map((line) => toRow(toCells(line))),
      '',
    ].join('\n'),
  )
  return ['# Drift', '', formatSummary(history), '', ...sections].join('\n')
}

/** The same as a page with charts that needs nothing but itself. Pure. */
export const formatHistoryHtml = (history: DriftHistory): string => {
  const { total } = history
  const tile = (value: string, text: string): string =>
    `<div class="tile"><b>${escapeHtml(value)}</b><span>${escapeHtml(text)}</span></div>`
  const tiles = [
    tile(String(total.findings), 'findings'),
    tile(String(total.healed), 'healed'),
    tile(String(total.open), 'open'),
    ...(total.detectMs ? [tile(formatDetected(total.detectMs.p95), 'seen within, 95 of 100')] : []),
    ...(total.healMs ? [tile(formatDuration(total.healMs.p95), 'healed within, 95 of 100')] : []),
  ]
  const sections = listSections(history).map(
    ({ title, column, lines }) =>
      `<h2>${escapeHtml(title)}</h2>\n${formatHtmlTable([column, ...TITLES], lines.map(toCells))}`,
  )
  return formatPage(
    'Drift',
    [
      '<h1>Drift</h1>',
      `<p>${escapeHtml(formatSummary(history))}</p>`,
      `<div class="tiles">${tiles.join('')}</div>`,
      '<h2>Findings a day</h2>',
      formatBars(history.byDay.map(({ day, findings }) => ({ label: day, value: findings }))),
      ...sections,
    ].join('\n'),
  )
}
