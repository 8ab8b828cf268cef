import { createColors } from 'picocolors'
import { formatDuration } from '../../base/duration.ts'
import { formatRef } from '../../kube/object.ts'
import type { ChangeSummary, StoredOutcome } from '../../store/changes.ts'
import type { StoredRevision } from '../../store/revisions.ts'
import type { Trace } from '../../store/trace.ts'
import { layoutTable } from './table.ts'
import { toPrintable } from './text.ts'

type Layout = { readonly width: number; readonly color: boolean }

/** What Git says of a signature, `%G?`, in words. */
const SIGNATURES: Readonly<Record<string, string>> = {
  G: 'good',
  U: 'good, of a key that is not trusted',
  B: 'bad',
  X: 'good, but expired',
  Y: 'good, of an expired key',
  R: 'good, of a revoked key',
  E: 'cannot be checked',
  N: 'none',
}

/** A commit, its way over the clusters, and the changes made with it; of a single change each object. Pure. */
export const layoutTrace = ({ commit, changes, objects, records }: Trace, layout: Layout): string => {
  const { bold, dim } = createColors(layout.color)
  const field = (label: string, value: string): string => `${dim(label.padEnd(10))} ${toPrintable(value)}`
  const steps = records.filter(({ type }) => type.startsWith('rollout.'))
  const [only] = changes
  const hash = commit?.commit ?? only?.revision ?? ''
  return [
    bold(toPrintable(`${hash}${commit ? `  ${commit.subject}` : ''}`)),
    ...(commit ? layoutCommit(commit, field) : [dim('The hub did not see this commit itself.')]),
    ...(steps.length > 0 ? [field('rollout', steps.map(formatStep).join(', '))] : []),
    '',
    ...(changes.length === 0 ? [dim('nothing was changed with it')] : layoutChanges(changes, layout)),
    ...(objects?.length ? ['', ...layoutObjects(objects, layout)] : []),
    '',
  ].join('\n')
}

const layoutCommit = (
  { author, committer, committed, signature, trailers, time }: StoredRevision,
  field: (label: string, value: string) => string,
): string[] => [
  field('author', author),
  field('committer', `${committer}, ${committed}`),
  field('signature', SIGNATURES[signature] ?? signature),
  ...trailers.map((trailer) => field('trailer', trailer)),
  field('seen', formatTime(time)),
]

const formatStep = ({ type, time, seq }: Trace['records'][number]): string =>
  `${type.slice('rollout.'.length)} ${formatTime(time).slice(11)} (record ${seq})`

const layoutChanges = (changes: readonly ChangeSummary[], { width, color }: Layout): string[] => {
  const { dim, red, green } = createColors(color)
  const rows = changes.map(({ id, cluster, started, ended, result = 'under way', objects }) => [
    String(id),
    cluster,
    formatTime(started),
    ended === undefined ? '' : formatDuration(Date.parse(ended) - Date.parse(started)),
    result,
    String(objects),
  ])
  const style = (text: string, row: number): string => (changes[row]?.result === 'done' ? green(text) : red(text))
  const columns = ['CHANGE', 'CLUSTER', 'STARTED (UTC)', 'TOOK', 'RESULT', 'OBJECTS'].map((title) => ({
    title,
    ...(title === 'RESULT' ? { style } : {}),
    ...(title.startsWith('STARTED') ? { min: 19 } : {}),
  }))
  return layoutTable(
    columns,
    rows.map((row) => row.map(toPrintable)),
    { width, styleTitle: dim },
  )
}

const layoutObjects = (objects: readonly StoredOutcome[], { width, color }: Layout): string[] => {
  const { dim } = createColors(color)
  const rows = objects.map(({ object, component, action, reason = '', actuation, healed = [], message = '' }) =>
    [formatRef(object), component, action, reason, actuation, message || healed.join(', ')].map(toPrintable),
  )
  const titles = ['OBJECT', 'COMPONENT', 'ACTION', 'WHY', 'RESULT', 'DETAILS']
  return layoutTable(
    titles.map((title) => ({ title, ...(title === 'OBJECT' ? { min: 30 } : {}) })),
    rows,
    { width, styleTitle: dim },
  )
}

const formatTime = (time: string): string => time.slice(0, 19).replace('T', ' ')
