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
})
