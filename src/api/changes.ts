import Type from 'typebox'
import { choice, list, object, text } from '../fleet/schema/common.ts'
import { defineOperations, page, pageQuery } from './operation.ts'
import { auditRecord, id, objectRef, ofCluster, PERIOD, revision, time } from './shapes.ts'

const result = choice('How it ended. `interrupted`: the hub ended, and only the cluster knows how far it went.', [
  'done',
  'failed',
  'interrupted',
])

const CHANGE = {
  id: id('Its number.'),
  cluster: text('On which cluster.'),
  revision: text('The commit that was applied.'),
  started: time('When it began.'),
  ended: Type.Optional(time('When it ended; absent while it is under way.')),
  result: Type.Optional(result),
}

const REASONS = [
  'new',
  'gitAhead',
  'missing',
  'drift',
  'adopt',
  'handover',
  'unrecorded',
  'unowned',
  'pruned',
  'expired',
] as const

const outcome = object('What became of an object.', {
  object: objectRef,
  component: text('Of which component.'),
  action: choice('What was to be done.', ['create', 'configure', 'unchanged', 'delete', 'skip']),
  reason: Type.Optional(choice('Why.', REASONS)),
  actuation: choice('Whether it was done.', ['pending', 'done', 'failed', 'skipped']),
  message: Type.Optional(text('Why it failed or was skipped.')),
  healed: Type.Optional(list('Fields that were drift before.', Type.String({ description: 'A field.' }))),
})

/** A change without its objects. */
export const changeSummary = object('A change of a cluster, by its counts.', {
  ...CHANGE,
  objects: Type.Integer({ description: 'Objects that it changed, or is to change.' }),
  failed: Type.Integer({ description: 'Objects that could not be changed.' }),
})

const change = object('A change of a cluster.', {
  ...CHANGE,
  planned: list('What was to be done.', outcome),
  outcomes: Type.Optional(list('What became of it.', outcome)),
})

const trace = object('A commit with everything that was done with it, or a change with its commit.', {
  commit: Type.Optional(revision),
  changes: list('The change that was asked for, or all of the commit, oldest first.', changeSummary),
  objects: Type.Optional(list('What became of each object of the change that was asked for.', outcome)),
  records: list('What the trail says of it, oldest first.', auditRecord),
})

/** What was done to clusters, and with which commits. */
export const CHANGE_OPERATIONS = defineOperations({
  listChanges: {
    method: 'GET',
    path: '/api/v1/changes',
    topic: 'changes',
    summary: 'Changes of clusters, the newest first.',
    access: 'read',
    query: pageQuery({
      cluster: ofCluster,
      revision: Type.Optional(text('Only of this commit.')),
      result: Type.Optional(result),
      ...PERIOD,
    }),
    answer: page('Changes.', changeSummary),
  },
  getChange: {
    method: 'GET',
    path: '/api/v1/changes/{id}',
    topic: 'changes',
    summary: 'One change, with what became of each object.',
    access: 'read',
    params: object('Which change.', { id: id('Its number.') }),
    answer: change,
  },
  getTimeline: {
    method: 'GET',
    path: '/api/v1/timeline/{of}',
    topic: 'changes',
    summary: 'From a commit to everything that was done with it, and from a change of a cluster back to its commit.',
    access: 'read',
    params: object('Of what.', {
      of: text('The number of a change; or a commit, by 7 digits or more that no other one begins with.', {
        maxLength: 64,
      }),
    }),
    answer: trace,
  },
  listRevisions: {
    method: 'GET',
    path: '/api/v1/revisions',
    topic: 'changes',
    summary: 'Commits of the fleet repository that the hub saw, the newest first.',
    access: 'read',
    query: pageQuery({}),
    answer: page('Commits.', revision),
  },
  getRevision: {
    method: 'GET',
    path: '/api/v1/revisions/{commit}',
    topic: 'changes',
    summary: 'One commit.',
    access: 'read',
    params: object('Which commit.', { commit: text('All digits of the commit.', { maxLength: 64 }) }),
    answer: revision,
  },
})
