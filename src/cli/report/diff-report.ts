import { createColors } from 'picocolors'
import type { ObjectChange } from '../../enforce/diff-cluster.ts'
import type { DiffReport } from '../../enforce/reports.ts'
import { formatFieldPath } from '../../kube/field-path.ts'
import { formatRef } from '../../kube/object.ts'
import type { TreeDifference } from '../../kube/tree-diff.ts'
import { formatYaml } from '../../kube/yaml.ts'
import { type AccessChange, formatAccessChange } from '../../rbac/access-fold.ts'
import { formatRevision } from './drift-report.ts'
import { cutMiddle, formatCount, formatSome, formatValue, toPrintable, wrapText } from './text.ts'

/** How much is told, and how wide. */
export type DiffLayout = { readonly width: number; readonly color: boolean; readonly all?: boolean }

/** Would a sync do something to it, or be unable to? */
export const isTold = ({ action, skip }: ObjectChange): boolean =>
  action !== 'unchanged' && skip?.reason !== 'reportOnly' && skip?.reason !== 'pruneDisabled'

/** Object by object, field by field; the same change on several clusters once. Pure. */
export const layoutDiffReport = (report: DiffReport, layout: DiffLayout): string => {
  const { bold, red, yellow } = createColors(layout.color)
  const groups = groupByClusters(report)
  const lines = groups.flatMap(({ clusters, changes }) => [
    bold(cutMiddle(`${formatClusters(clusters, report.clusters.length)}: ${countActions(changes)}`, layout.width)),
    ...changes.flatMap((change) => layoutChange(change, layout)),
    '',
  ])
  const notes = report.clusters.flatMap(({ name, error, reachable, warnings = [], renderErrors, confirmation }) => [
    ...(error === undefined
      ? []
      : [`${red('error')} ${name} ${reachable ? 'failed' : 'is out of reach'}: ${toPrintable(error)}`]),
    ...renderErrors.map(
      ({ component, message }) =>
        `${red('error')} ${name}: component ${component} cannot be rendered: ${toPrintable(message)}`,
    ),
    ...warnings.map((warning) => `${yellow('warning')} ${name}: ${toPrintable(warning)}`),
    ...(confirmation?.reasons ?? []).map((reason) => `${yellow('confirm')} ${name}: ${toPrintable(reason)}`),
  ])
  return [
    ...lines,
    ...layoutAccess(report.access, layout),
    ...notes,
    ...(notes.length > 0 ? [''] : []),
    bold(formatDiffSummary(report)),
    '',
  ].join('\n')
}

const MAX_SENTENCES = 20

/** Who gains and loses what, a sentence a line, the most dangerous first. */
export const layoutAccess = (access: readonly AccessChange[], layout: DiffLayout): string[] => {
  if (access.length === 0) return []
  const { bold, dim } = createColors(layout.color)
  const shown = layout.all ? access : access.slice(0, MAX_SENTENCES)
  return [
    bold('access'),
    ...shown.flatMap((change) => layoutAccessChange(change, layout)),
    ...(shown.length < access.length ? [dim(`  … and ${access.length - shown.length} more: --all`)] : []),
    '',
  ]
}

const layoutAccessChange = (change: AccessChange, { color, width }: DiffLayout): string[] => {
  const { red, yellow, green } = createColors(color)
  const [first, ...rest] = wrapText(toPrintable(formatAccessChange(change)), width - 4)
  const sign = change.change === 'gains' ? green('+') : red('-')
  const risks = change.risks.map(({ level, may }) => (level === 'medium' ? yellow : red)(`${level}: may ${may}`))
  return [`  ${sign} ${first}`, ...rest.map((line) => `    ${line}`), ...risks.map((risk) => `    ${risk}`)]
}

const formatClusters = (names: readonly string[], total: number): string =>
  names.length > 3 && names.length === total ? `all ${total} clusters` : formatSome(names, 4)

type Group = { readonly clusters: readonly string[]; readonly changes: readonly ObjectChange[] }

const groupByClusters = ({ clusters }: DiffReport): Group[] => {
  const byChange = new Map<string, { change: ObjectChange; clusters: string[] }>()
  for (const { name, changes } of clusters) {
    for (const change of changes.filter(isTold)) {
      const key = JSON.stringify([change, change.error?.message])
      const known = byChange.get(key)
      if (known) known.clusters.push(name)
      else byChange.set(key, { change, clusters: [name] })
    }
  }
  const groups = new Map<string, { clusters: string[]; changes: ObjectChange[] }>()
  for (const item of byChange.values()) {
    const key = item.clusters.join()
    const group = groups.get(key) ?? { clusters: item.clusters, changes: [] }
    group.changes.push(item.change)
    groups.set(key, group)
  }
  return [...groups.values()].toSorted((left, right) => right.clusters.length - left.clusters.length)
}

const countActions = (changes: readonly ObjectChange[]): string => {
  const count = (action: ObjectChange['action']): number => changes.filter((change) => change.action === action).length
  const parts = [
    [count('create'), 'to create'],
    [count('configure'), 'to configure'],
    [count('delete'), 'to delete'],
    [count('skip'), 'skipped'],
  ] as const
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ')
}

const SIGNS = { create: '+', configure: '~', delete: '-', skip: '!', unchanged: ' ' } as const
const REASONS: Readonly<Record<string, string>> = {
  drift: 'changed by others',
  missing: 'deleted by others',
  adopt: 'taken over',
  handover: 'moves between components',
  pruned: 'no longer in Git',
}

const layoutChange = (change: ObjectChange, layout: DiffLayout): string[] => {
  const { green, yellow, red, dim } = createColors(layout.color)
  const styles = { create: green, configure: yellow, delete: red, skip: dim, unchanged: dim }
  const { ref, action, component, reason, skip, error, admitted = [], differences } = change
  const why = [`component ${component}`, ...(reason && REASONS[reason] ? [REASONS[reason]] : [])].join(', ')
  const about = [`${SIGNS[action]} ${formatRef(ref)}`, `  (${why})`]
  const head = styles[action](cutMiddle(about[0] as string, layout.width)) + dim(about[1] as string)
  const indent = (text: string): string => `    ${cutMiddle(toPrintable(text), layout.width - 4)}`
  return [
    head,
    ...(skip ? [dim(indent(skip.message))] : []),
    ...(error ? [red(indent(error.message))] : []),
    ...differences.flatMap((difference) => layoutDifference(difference, layout)),
    ...(admitted.length > 0 ? [dim(indent(`the server changes or drops ${formatSome(admitted, 3)}`))] : []),
  ]
}

const MAX_LINES = 30

/** `expected` is live now, `live` what it becomes. */
const layoutDifference = ({ path, change, expected, live }: TreeDifference, layout: DiffLayout): string[] => {
  const { green, red } = createColors(layout.color)
  const field = formatFieldPath(path)
  const cut = (text: string): string => cutMiddle(toPrintable(text), layout.width - 4)
  const isTree = (value: unknown): boolean => typeof value === 'object' && value !== null
  if (change === 'added' && isTree(live)) {
    return [...(field === '' ? [] : [`    ${green(cut(`+ ${field}:`))}`]), ...layoutTree(live, '+', green, layout)]
  }
  if (change === 'removed' && isTree(expected)) {
    return [...(field === '' ? [] : [`    ${red(cut(`- ${field}:`))}`]), ...layoutTree(expected, '-', red, layout)]
  }
  return [`    ${cut(`${field}: ${formatValue(expected)} → ${formatValue(live)}`)}`]
}

const layoutTree = (value: unknown, sign: string, style: (text: string) => string, layout: DiffLayout): string[] => {
  const lines = formatYaml(value).trimEnd().split('\n')
  const limit = layout.all ? Number.POSITIVE_INFINITY : MAX_LINES
  return [
    ...lines
      .slice(0, limit)
      .map((line) => `    ${style(cutMiddle(`${sign}   ${toPrintable(line)}`, layout.width - 4))}`),
    ...(lines.length > limit ? [`        … and ${lines.length - limit} more lines: --all`] : []),
  ]
}

/** One line over all. */
export const formatDiffSummary = ({ fleet, revision, clusters }: DiffReport): string => {
  const changes = clusters.flatMap((cluster) => cluster.changes.filter(isTold))
  const failed = clusters.filter(({ error }) => error !== undefined).length
  return [
    `${fleet}@${formatRevision(revision)}: ${formatCount(clusters.length, 'cluster')}`,
    changes.length > 0 ? countActions(changes) : 'nothing to do',
    ...(failed > 0 ? [`${formatCount(failed, 'cluster')} could not be asked`] : []),
  ].join(', ')
}

/** The diff as Markdown. Pure. */
export const formatDiffMarkdown = (report: DiffReport, options: { readonly all?: boolean }): string =>
  [
    `**${formatDiffSummary(report)}**`,
    '',
    '```diff',
    layoutDiffReport(report, { width: 160, color: false, ...options })
      .trimEnd()
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(/^ {4}([+-]) /, '$1   '))
      .join('\n')
      .replaceAll('```', "'''")
      .trimEnd(),
    '```',
    '',
  ].join('\n')
