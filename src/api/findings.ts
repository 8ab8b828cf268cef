import Type from 'typebox'
import { choice, object, text } from '../fleet/schema/common.ts'
import { defineOperations, page, pageQuery } from './operation.ts'
import { drift, FINDING, id, ofCluster, PERIOD, severity, time } from './shapes.ts'

const finding = object('A difference that the hub found, with its history.', {
  id: id('Its number.'),
  ...FINDING,
  firstSeen: time('When it was seen first.'),
  lastSeen: time('When it was seen last.'),
  closed: Type.Optional(time('When it was gone.')),
  acknowledged: Type.Optional(
    object('Somebody knows of it.', {
      by: text('Who.'),
      time: time('Since when.'),
      note: Type.String({ description: 'What they said.' }),
    }),
  ),
  closedBy: Type.Optional(choice('Healed by Lockstep, or gone by other hands.', ['lockstep', 'others'])),
})

/** Differences, open and closed. */
export const FINDING_OPERATIONS = defineOperations({
  listFindings: {
    method: 'GET',
    path: '/api/v1/findings',
    topic: 'drift',
    summary: 'Findings, the newest first.',
    access: 'read',
    query: pageQuery({
      cluster: ofCluster,
      component: Type.Optional(text('Only of this component.')),
      severity: Type.Optional({ ...severity, description: 'So bad or worse.' }),
      owner: Type.Optional(text('Only of this owner.')),
      drift: Type.Optional(drift),
      state: Type.Optional(choice('Only those that are still there, or only those that are gone.', ['open', 'closed'])),
      ...PERIOD,
      text: Type.Optional(text('Part of the object, the field, or who made it.', { maxLength: 200 })),
    }),
    answer: page('Findings.', finding),
  },
  getFinding: {
    method: 'GET',
    path: '/api/v1/findings/{id}',
    topic: 'drift',
    summary: 'One finding.',
    access: 'read',
    params: object('Which finding.', { id: id('Its number.') }),
    answer: finding,
  },
  acknowledge: {
    method: 'POST',
    path: '/api/v1/findings/{id}/acknowledge',
    topic: 'drift',
    summary: 'Says that somebody knows of an open finding; the last word counts.',
    access: 'acknowledge',
    params: object('Which finding.', { id: id('Its number.') }),
    body: object('What to say.', { note: text('For whoever sees it next.', { maxLength: 1_000 }) }),
    answer: finding,
  },
})
