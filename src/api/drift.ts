import Type from 'typebox'
import { choice, flag, list, object, text } from '../fleet/schema/common.ts'
import { defineOperations } from './operation.ts'
import { FINDING, id, objectRef, PERIOD, SELECTION, time } from './shapes.ts'

const report = object('What `lockstep drift -o json` prints.', {
  fleet: text('The name of the fleet.'),
  revision: text('The commit that clusters are brought to.'),
  clusters: list(
    'How the clusters are.',
    object('A cluster.', {
      name: text('Its name.'),
      reachable: flag('Did it answer, when it was asked last?'),
      error: Type.Optional(text('Why it is not as Git says, or not known how it is.')),
      requests: Type.Integer({ description: 'Always 0: nothing is asked for this report.' }),
      millis: Type.Integer({ description: 'Always 0.' }),
      warnings: Type.Optional(list('What somebody should look at.', text('A warning.'))),
      ignored: Type.Optional(Type.Integer({ description: 'Findings that are only counted, by policy.' })),
    }),
  ),
  findings: list(
    'What differs now, by the hand of others.',
    object('A finding.', {
      ...FINDING,
      id: Type.Optional(id('Its number.')),
      firstSeen: Type.Optional(time('When it was seen first.')),
    }),
  ),
  pending: list(
    'Where Git is ahead; this is no drift.',
    object('What waits.', {
      cluster: text('On which cluster.'),
      component: text('Of which component.'),
      object: Type.Optional(objectRef),
      reason: choice('Why.', ['gitAhead', 'notSynced', 'notAdopted', 'unassigned', 'renderFailed', 'overdue']),
      message: Type.Optional(text('What it waits for.')),
    }),
  ),
})

const quantiles = object('Of many, in milliseconds.', {
  p50: Type.Number({ description: 'Half of them are below.' }),
  p95: Type.Number({ description: '95 of 100 are below.' }),
})

const line = object('Findings that have something in common.', {
  name: text('What that is.'),
  findings: Type.Integer({ description: 'How many.' }),
  open: Type.Integer({ description: 'How many of them are still there.' }),
  healed: Type.Integer({ description: 'How many Lockstep healed.' }),
  detectMs: Type.Optional({ ...quantiles, description: 'From the change to its being seen.' }),
  healMs: Type.Optional({ ...quantiles, description: 'From being seen to being healed.' }),
})

const history = object('The drift of a period.', {
  since: time('From then on.'),
  until: time('Before then.'),
  total: line,
  byDay: list(
    'Of each day, UTC.',
    object('A day.', { day: text('The day.'), findings: Type.Integer({ description: 'How many were seen first.' }) }),
  ),
  bySeverity: list('By severity.', line),
  byCluster: list('By cluster.', line),
  byComponent: list('By component.', line),
  byOwner: list('By owner.', line),
  byActor: list('By who made them.', line),
  recurring: list('What came more than once.', line),
})

/** Drift as a whole. */
export const DRIFT_OPERATIONS = defineOperations({
  getDrift: {
    method: 'GET',
    path: '/api/v1/drift',
    topic: 'drift',
    summary: 'The drift of the whole fleet, from what the hub knows now: no cluster is asked.',
    access: 'read',
    query: object('Which clusters.', SELECTION),
    answer: report,
  },
  getDriftHistory: {
    method: 'GET',
    path: '/api/v1/drift/history',
    topic: 'drift',
    summary: 'The drift of a period, summed up; the last 30 days by default.',
    access: 'read',
    query: object('Which period, and which clusters.', {
      ...PERIOD,
      cluster: Type.Optional(
        list('Only these clusters.', Type.String({ description: 'A name.', maxLength: 100 }), { maxItems: 100 }),
      ),
    }),
    answer: history,
  },
})
