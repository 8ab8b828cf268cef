import { expect, test } from 'vitest'
import { type AuditEvent, type AuditRecord, linkRecords } from './record.ts'
import { computeAuditReport } from './report.ts'

const period = { since: '2026-01-01T00:00:00.000Z', until: '2026-02-01T00:00:00.000Z' }
const at = (second: number): string => new Date(Date.UTC(2026, 0, 5) + second * 1_000).toISOString()

const toCommit = (commit: string, data: object): AuditEvent => ({
  time: at(0),
  type: 'revision.seen',
  actor: 'hub/test',
  subject: commit,
  revision: commit,
  data: {
    author: 'Ann <ann@example.com>',
    committer: 'Ann <ann@example.com>',
    committed: at(0),
    subject: 'Change',
    signature: 'N',
    trailers: [],
    ...data,
  },
})

const toChange = (revision: string, cluster: string): AuditEvent => ({
  time: at(1),
  type: 'change.ended',
  actor: 'hub/test',
  subject: cluster,
  cluster,
  revision,
  data: { change: 1, result: 'done', objects: [{}, {}] },
})

const report = (events: readonly AuditEvent[]) =>
  computeAuditReport(
    (async function* (): AsyncGenerator<AuditRecord> {
      yield* linkRecords(undefined, events)
    })(),
    period,
  )

test('commits that nobody but their author approved are told, where they reached a cluster', async () => {
  const { unapproved, commits } = await report([
    toCommit('alone', {}),
    toCommit('self', { trailers: ['Reviewed-by: Ann B. <ANN@example.com>'] }),
    toCommit('reviewed', { trailers: ['Reviewed-by: Bob <bob@example.com>'], signature: 'G' }),
    toCommit('merged', { committer: 'Bob <bob@example.com>' }),
    toCommit('unused', {}),
    ...['alone', 'self', 'reviewed', 'merged'].map((revision) => toChange(revision, 'eu')),
    toChange('alone', 'us'),
  ])

  expect(unapproved.map(({ commit, clusters }) => [commit, clusters])).toEqual([
    ['alone', ['eu', 'us']],
    ['self', ['eu']],
  ])
  expect(commits.find(({ commit }) => commit === 'reviewed')).toMatchObject({
    isSigned: true,
    approvers: ['Bob <bob@example.com>'],
  })
  expect(commits.find(({ commit }) => commit === 'merged')?.approvers).toEqual(['Bob <bob@example.com>'])
})

test('direct changes have who made them, how long they lived and how they ended', async () => {
  const opened = (finding: number): AuditEvent => ({
    time: at(finding),
    type: 'finding.opened',
    actor: 'kubectl-edit',
    subject: 'Deployment/shop/web',
    cluster: 'eu',
    data: { finding, field: '/spec/replicas', severity: 'medium' },
  })
  const closed = (finding: number, by: string): AuditEvent => ({
    ...opened(finding),
    time: at(finding + 5),
    type: 'finding.closed',
    data: { finding, by, firstSeen: at(finding) },
  })
  const { directChanges } = await report([
    opened(1),
    { ...opened(1), type: 'finding.attributed', data: { finding: 1, user: 'ann' } },
    opened(2),
    opened(3),
    closed(1, 'lockstep'),
    closed(2, 'others'),
  ])

  expect(directChanges.map(({ actor, end, livedMs }) => [actor, end, livedMs])).toEqual([
    ['ann', 'healed', 5_000],
    ['kubectl-edit', 'gone', 5_000],
    ['kubectl-edit', 'open', undefined],
  ])
})

test('what operators did is told with its reason', async () => {
  const { operations } = await report([
    { time: at(1), type: 'suspended', actor: 'ann@host', subject: 'eu', data: { reason: 'INC-1', until: at(100) } },
  ])

  expect(operations).toEqual([{ time: at(1), actor: 'ann@host', what: `suspended eu, until ${at(100)}, INC-1` }])
})
