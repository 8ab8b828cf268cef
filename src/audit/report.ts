import type { JsonObject } from '../kube/object.ts'
import type { AuditRecord } from './record.ts'

/** A commit as an auditor asks about it. */
export type ReportedCommit = {
  readonly commit: string
  readonly time: string
  readonly author: string
  readonly committer: string
  readonly subject: string
  readonly isSigned: boolean
  /** People other than its author who are named as having approved it, by trailers, or who committed it. */
  readonly approvers: readonly string[]
  /** Clusters that were changed with it. */
  readonly clusters: readonly string[]
}

/** A change that was made to a cluster by somebody else than us. */
export type ReportedDirectChange = {
  readonly seq: number
  readonly time: string
  readonly cluster: string
  readonly object: string
  readonly field: string
  readonly actor: string
  readonly severity: string
  /** Milliseconds from its being seen to its end; absent while it lives. */
  readonly livedMs?: number
  readonly end: 'healed' | 'gone' | 'open'
}

/** A change of ours to a cluster. */
export type ReportedChange = {
  readonly seq: number
  readonly time: string
  readonly cluster: string
  readonly revision: string
  readonly objects: number
  readonly result: string
}

/** What an auditor asks about a period. */
export type AuditReport = {
  readonly since: string
  readonly until: string
  readonly records: number
  readonly commits: readonly ReportedCommit[]
  /** Commits that nobody but their author approved, and that reached a cluster. */
  readonly unapproved: readonly ReportedCommit[]
  readonly changes: readonly ReportedChange[]
  readonly directChanges: readonly ReportedDirectChange[]
  /** Suspensions and what else operators did. */
  readonly operations: readonly { readonly time: string; readonly actor: string; readonly what: string }[]
}

const APPROVING_TRAILER = /^(?:Reviewed-by|Approved-by|Acked-by):\s*(.+)$/i
const OPERATIONS = new Set([
  'operation.requested',
  'finding.acknowledged',
  'suspended',
  'resumed',
  'hub.started',
  'hub.stopped',
  'audit.key',
  'sync.bypassed',
  'token.created',
  'token.revoked',
  'login.failed',
  'alert.silenced',
  'alert.unsilenced',
])

/**
 * Sums up the records of a period. Approvals are what Git itself tells: trailers, and a committer who is not the author
 * (a merge by somebody else). Pure, but for the reading.
 */
export const computeAuditReport = async (
  records: AsyncIterable<AuditRecord>,
  period: { readonly since: string; readonly until: string },
): Promise<AuditReport> => {
  const commits: Omit<ReportedCommit, 'clusters'>[] = []
  const clustersOf = new Map<string, Set<string>>()
  const changes: ReportedChange[] = []
  const direct = new Map<number, ReportedDirectChange>()
  const operations: AuditReport['operations'][number][] = []
  let count = 0
  for await (const record of records) {
    count++
    const { seq, time, type, actor, subject, cluster = '', revision = '', data } = record
    if (type === 'revision.seen') commits.push(toCommit(record))
    if (type === 'change.ended' || type === 'change.interrupted') {
      clustersOf.set(revision, (clustersOf.get(revision) ?? new Set()).add(cluster))
      const objects = Array.isArray(data.objects) ? data.objects.length : 0
      changes.push({ seq, time, cluster, revision, objects, result: String(data.result ?? 'interrupted') })
    }
    if (type === 'finding.opened') direct.set(Number(data.finding), toDirectChange(record))
    if (type === 'finding.attributed') update(direct, data, { actor: String(data.user) })
    if (type === 'finding.closed') {
      const opened = direct.get(Number(data.finding))
      const livedMs = Date.parse(time) - Date.parse(String(data.firstSeen))
      if (opened) update(direct, data, { livedMs, end: data.by === 'lockstep' ? 'healed' : 'gone' })
    }
    if (OPERATIONS.has(type)) operations.push({ time, actor, what: formatOperation(type, subject, data) })
  }
  const reported = commits.map((commit) => ({ ...commit, clusters: [...(clustersOf.get(commit.commit) ?? [])].sort() }))
  return {
    ...period,
    records: count,
    commits: reported,
    unapproved: reported.filter(({ approvers, clusters }) => approvers.length === 0 && clusters.length > 0),
    changes,
    directChanges: [...direct.values()],
    operations,
  }
}

const toCommit = ({ subject: commit, data }: AuditRecord): Omit<ReportedCommit, 'clusters'> => {
  const { author = '', committer = '', committed = '', subject = '', signature = '', trailers } = data
  const named = (Array.isArray(trailers) ? trailers : []).flatMap(
    (line) => APPROVING_TRAILER.exec(String(line))?.[1]?.trim() ?? [],
  )
  const others = [...named, String(committer)].filter((person) => !isSamePerson(person, String(author)))
  return {
    commit,
    time: String(committed),
    author: String(author),
    committer: String(committer),
    subject: String(subject),
    isSigned: signature === 'G' || signature === 'U',
    approvers: [...new Set(others)],
  }
}

/** By the address where both have one, else by the whole text. */
const isSamePerson = (left: string, right: string): boolean => {
  const address = (text: string): string => (/<([^>]*)>/.exec(text)?.[1] ?? text).trim().toLowerCase()
  return address(left) === address(right)
}

const toDirectChange = ({ seq, time, cluster = '', subject, actor, data }: AuditRecord): ReportedDirectChange => ({
  seq,
  time,
  cluster,
  object: subject,
  field: String(data.field ?? data.drift ?? ''),
  actor,
  severity: String(data.severity ?? ''),
  end: 'open',
})

const update = (
  direct: Map<number, ReportedDirectChange>,
  { finding }: JsonObject,
  change: Partial<ReportedDirectChange>,
): void => {
  const known = direct.get(Number(finding))
  if (known) direct.set(Number(finding), { ...known, ...change })
}

const formatOperation = (type: string, subject: string, { operation, reason, note, until }: JsonObject): string =>
  [
    `${operation ?? type} ${subject}`,
    ...(note === undefined ? [] : [`${note}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(reason === undefined ? [] : [`${reason}`]),
  ].join(', ')
