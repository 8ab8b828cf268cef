import type { AuditReport } from '../../audit/report.ts'
import { formatDuration } from '../../base/duration.ts'
import { escapeHtml, formatHtmlTable, formatPage } from './html.ts'
import { escapeMarkdown } from './text.ts'

type Section = {
  readonly title: string
  readonly intro: string
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const toTime = (time: string): string => time.slice(0, 19).replace('T', ' ')
const toCommit = (commit: string): string => commit.slice(0, 12)

const listSections = ({ unapproved, commits, changes, directChanges, operations }: AuditReport): Section[] => {
  const toRow = ({ commit, time, author, approvers, isSigned, subject, clusters }: AuditReport['commits'][number]) => [
    toCommit(commit),
    toTime(time),
    author,
    approvers.join(', ') || 'nobody',
    isSigned ? 'yes' : 'no',
    String(clusters.length),
    subject,
  ]
  const commitTitles = ['Commit', 'Time (UTC)', 'Author', 'Approved by', 'Signed', 'Clusters#', 'Subject']
  return [
    {
      title: 'Commits that nobody but their author approved',
      intro:
        'They reached a cluster. Approved means: somebody else committed it, or stands in a trailer Reviewed-by, Approved-by or Acked-by.',
      titles: commitTitles,
      rows: unapproved.map(toRow),
    },
    {
      title: 'Direct changes to clusters',
      intro: 'Made by others than Lockstep, past Git.',
      titles: ['Record#', 'Seen (UTC)', 'Cluster', 'Object', 'Field', 'By', 'Severity', 'Lived#', 'End'],
      rows: directChanges.map(({ seq, time, cluster, object, field, actor, severity, livedMs, end }) => [
        String(seq),
        toTime(time),
        cluster,
        object,
        field,
        actor,
        severity,
        livedMs === undefined ? '' : formatDuration(livedMs),
        end,
      ]),
    },
    {
      title: 'Changes by Lockstep',
      intro: 'Each with its objects in the record that is named.',
      titles: ['Record#', 'Time (UTC)', 'Cluster', 'Commit', 'Objects#', 'Result'],
      rows: changes.map(({ seq, time, cluster, revision, objects, result }) => [
        String(seq),
        toTime(time),
        cluster,
        toCommit(revision),
        String(objects),
        result,
      ]),
    },
    { title: 'Commits', intro: 'All that were seen.', titles: commitTitles, rows: commits.map(toRow) },
    {
      title: 'Operations',
      intro: 'What operators did, and the hub itself.',
      titles: ['Time (UTC)', 'By', 'What'],
      rows: operations.map(({ time, actor, what }) => [toTime(time), actor, what]),
    },
  ]
}

const formatIntro = ({ since, until, records }: AuditReport, proof: string): string =>
  `${toTime(since)} to ${toTime(until)} (UTC), ${records} records. ${proof}`

/** The report of a period as Markdown. `proof` says how the trail it rests on was verified. Pure. */
export const formatAuditMarkdown = (report: AuditReport, proof: string): string => {
  const toRow = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`
  const sections = listSections(report).map(({ title, intro, titles, rows }) =>
    [
      `## ${title}`,
      '',
      rows.length === 0 ? 'None.' : intro,
      '',
      ...(rows.length === 0
        ? []
        : [
            toRow(titles.map((text) => text.replace(/#$/, ''))),
            toRow(titles.map((text) => (text.endsWith('#') ? '---:' : '---'))),
            ...rows.map(toRow),
            '',
          ]),
    ].join('\n'),
  )
  return ['# Audit', '', formatIntro(report, proof), '', ...sections].join('\n')
}

/** The same as a page that needs nothing but itself. Pure. */
export const formatAuditHtml = (report: AuditReport, proof: string): string => {
  const tile = (value: number, text: string): string => `<div class="tile"><b>${value}</b><span>${text}</span></div>`
  const sections = listSections(report).map(
    ({ title, intro, titles, rows }) =>
      `<h2>${escapeHtml(title)}</h2>\n<p>${rows.length === 0 ? 'None.' : escapeHtml(intro)}</p>\n${rows.length === 0 ? '' : formatHtmlTable(titles, rows)}`,
  )
  return formatPage(
    'Audit',
    [
      '<h1>Audit</h1>',
      `<p>${escapeHtml(formatIntro(report, proof))}</p>`,
      `<div class="tiles">${[
        tile(report.commits.length, 'commits'),
        tile(report.unapproved.length, 'of them approved by nobody else'),
        tile(report.changes.length, 'changes by Lockstep'),
        tile(report.directChanges.length, 'direct changes'),
      ].join('')}</div>`,
      ...sections,
    ].join('\n'),
  )
}
