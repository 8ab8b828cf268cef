import Type from 'typebox'
import { choice, list, object, text } from '../fleet/schema/common.ts'
import { defineOperations, page, pageQuery } from './operation.ts'
import { auditRecord, id, ofCluster, PERIOD, time } from './shapes.ts'

const FILTER = { ...PERIOD, cluster: ofCluster, type: Type.Optional(text('Only of this type, like finding.opened.')) }

const checkpoint = object('A signed word that the trail had this record at this place.', {
  seq: id('The place.'),
  hash: text('The hash of the record.'),
  time: text('When it was signed.'),
  key: text('Which key signed: the first 16 hexadecimal digits of the SHA-256 of its DER form.'),
  signature: text('Ed25519 over the other fields as canonical JSON, in base64.'),
})

const verification = Type.Unsafe<
  | { type: 'intact'; records: number; checkpoints: number; head?: string }
  | { type: 'broken'; seq: number; problem: string }
>({
  description: 'Whether anything of the trail is missing or was changed.',
  oneOf: [
    object('Nothing is.', {
      type: Type.Literal('intact', { description: 'Nothing is.' }),
      records: Type.Integer({ description: 'How many records follow from one another.' }),
      checkpoints: Type.Integer({ description: 'How many checkpoints hold.' }),
      head: Type.Optional(text('The hash of the last record.')),
    }),
    object('Something is.', {
      type: Type.Literal('broken', { description: 'Something is.' }),
      seq: Type.Integer({ description: 'The first record that is wrong.' }),
      problem: text('What is wrong with it.'),
    }),
  ],
})

const commit = object('A commit, as an auditor asks about it.', {
  commit: text('The commit.'),
  time: Type.String({ description: 'When it was committed.' }),
  author: Type.String({ description: 'Who wrote it.' }),
  committer: Type.String({ description: 'Who committed it.' }),
  subject: Type.String({ description: 'The first line of its message.' }),
  isSigned: Type.Boolean({ description: 'Is its signature good?' }),
  approvers: list('People other than its author who approved it.', Type.String({ description: 'A person.' })),
  clusters: list('Clusters that were changed with it.', text('A cluster.')),
})

const report = object('What an auditor asks about a period.', {
  since: time('From then on.'),
  until: time('Before then.'),
  records: Type.Integer({ description: 'Records of the period.' }),
  commits: list('Commits.', commit),
  unapproved: list('Commits that nobody but their author approved, and that reached a cluster.', commit),
  changes: list(
    'Changes by Lockstep.',
    object('A change.', {
      seq: id('Its record.'),
      time: text('When.'),
      cluster: Type.String({ description: 'On which cluster.' }),
      revision: Type.String({ description: 'With which commit.' }),
      objects: Type.Integer({ description: 'How many objects.' }),
      result: text('How it ended.'),
    }),
  ),
  directChanges: list(
    'Changes by others.',
    object('A change.', {
      seq: id('Its record.'),
      time: text('When it was seen.'),
      cluster: Type.String({ description: 'On which cluster.' }),
      object: Type.String({ description: 'Of which object.' }),
      field: Type.String({ description: 'Of which field.' }),
      actor: Type.String({ description: 'By whom.' }),
      severity: Type.String({ description: 'How bad.' }),
      livedMs: Type.Optional(Type.Number({ description: 'How long it lived, in milliseconds.' })),
      end: choice('How it ended.', ['healed', 'gone', 'open']),
    }),
  ),
  operations: list(
    'What operators did.',
    object('An operation.', {
      time: text('When.'),
      actor: Type.String({ description: 'Who.' }),
      what: Type.String({ description: 'What.' }),
    }),
  ),
  verified: verification,
})

/** The trail. */
export const AUDIT_OPERATIONS = defineOperations({
  listAudit: {
    method: 'GET',
    path: '/api/v1/audit',
    topic: 'audit',
    summary: 'Records of the trail.',
    access: 'read',
    query: pageQuery({
      ...FILTER,
      order: Type.Optional(choice('Which come first; the oldest by default.', ['oldest', 'newest'])),
    }),
    answer: page('Records.', auditRecord),
  },
  getAuditRecord: {
    method: 'GET',
    path: '/api/v1/audit/{seq}',
    topic: 'audit',
    summary: 'One record.',
    access: 'read',
    params: object('Which record.', { seq: id('Its place in the trail.') }),
    answer: auditRecord,
  },
  verifyAudit: {
    method: 'GET',
    path: '/api/v1/audit/verify',
    topic: 'audit',
    summary:
      'The word of the hub whether its trail is intact. To be sure: lockstep audit verify --hub verifies on your side.',
    access: 'read',
    answer: verification,
  },
  listCheckpoints: {
    method: 'GET',
    path: '/api/v1/audit/checkpoints',
    topic: 'audit',
    summary: 'The signed checkpoints, oldest first.',
    access: 'read',
    query: pageQuery({}),
    answer: page('Checkpoints.', checkpoint),
  },
  exportAudit: {
    method: 'GET',
    path: '/api/v1/audit/export',
    topic: 'audit',
    summary: 'Records of the trail in one stream, as JSON Lines or CSV.',
    access: 'read',
    query: object('Which records, and how.', {
      ...FILTER,
      format: Type.Optional(choice('How each is written; JSON Lines by default.', ['jsonl', 'csv'])),
    }),
    answer: 'raw',
  },
  reportAudit: {
    method: 'GET',
    path: '/api/v1/audit/report',
    topic: 'audit',
    summary: 'A period for an auditor: who changed what where, and who approved it; the last 30 days by default.',
    access: 'read',
    query: object('Which period.', { ...PERIOD, cluster: ofCluster }),
    answer: report,
  },
})
