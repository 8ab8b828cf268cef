import Type from 'typebox'
import { choice, duration, flag, freeForm, list, object, text, textMap } from '../fleet/schema/common.ts'
import { defineOperations, page, pageQuery } from './operation.ts'
import { id, time } from './shapes.ts'

const alert = object('Something that people should know of.', {
  key: text('What it is about; the same again is the same alert.'),
  labels: textMap('What routes, groups and silences match on.'),
  annotations: textMap('What people read.'),
  startsAt: time('Since when.'),
  endsAt: Type.Optional(time('When it was over.')),
  expiresAt: Type.Optional(time('When it is over by itself.')),
  times: Type.Integer({ description: 'How often it happened again before anybody could be told.' }),
  isNews: flag('Is it told although it is over by the time of telling?'),
  findings: list('The findings behind it that are open.', Type.Integer({ description: 'The number of a finding.' })),
  folded: Type.Integer({ description: 'Findings of other objects that were folded into it.' }),
  isDone: Type.Optional(Type.Literal(true, { description: 'It was told to be over.' })),
})

const deliveryState = choice('`dead`: given up, until somebody tries it again.', ['pending', 'sent', 'dead'])

const delivery = object('A notification on its way to one receiver.', {
  id: id('Its number.'),
  target: text('The receiver: POLICY/RECEIVER/TYPE/INDEX.'),
  groupKey: text('The group of alerts that it is about.'),
  notification: freeForm('What is told. It never holds a secret.'),
  created: time('When it was made.'),
  attempts: Type.Integer({ description: 'How often it was tried.' }),
  due: time('When it is tried next.'),
  state: deliveryState,
  error: Type.Optional(text('Why it did not arrive last; secrets are masked.')),
  ended: Type.Optional(time('When it arrived or was given up.')),
})

const silence = object('Alerts that are told to nobody for a while.', {
  id: id('Its number.'),
  matchers: list('Which alerts, as Alertmanager writes it: cluster="eu-1".', text('A matcher.')),
  actor: text('Who wants it.'),
  reason: text('Why.'),
  started: time('Since when.'),
  until: time('When it ends by itself.'),
  ended: Type.Optional(time('When it was ended before that.')),
})

const whichSilence = object('Which silence.', { id: id('Its number.') })
const whichDelivery = object('Which notification.', { id: id('Its number.') })

/** Who is told what. */
export const ALERT_OPERATIONS = defineOperations({
  listAlerts: {
    method: 'GET',
    path: '/api/v1/alerts',
    topic: 'alerts',
    summary: 'Alerts that are open, and those that are over and were not told yet; by key.',
    access: 'read',
    query: pageQuery({
      matching: Type.Optional(
        text('Only those for which these matchers hold: cluster="eu-1",severity=~"critical|high".', {
          maxLength: 4_000,
        }),
      ),
    }),
    answer: page('Alerts.', alert),
  },
  testAlerts: {
    method: 'POST',
    path: '/api/v1/alerts/test',
    topic: 'alerts',
    summary: 'Sends a sample to receivers of the fleet, and says what came back of each.',
    access: 'silence',
    body: object('Which receivers; all where nothing is said.', {
      policy: Type.Optional(text('Only of this AlertPolicy.', { maxLength: 100 })),
      receiver: Type.Optional(text('Only this receiver.', { maxLength: 100 })),
    }),
    answer: object('What came back.', {
      items: list(
        'Of each address.',
        object('An address.', {
          target: text('POLICY/RECEIVER/TYPE/INDEX.'),
          arrived: flag('Did it take it?'),
          answer: Type.String({ description: 'What it said.' }),
        }),
      ),
    }),
  },
  listDeliveries: {
    method: 'GET',
    path: '/api/v1/alerts/deliveries',
    topic: 'alerts',
    summary: 'Notifications, the newest first: on their way, arrived, or given up.',
    access: 'read',
    query: pageQuery({ state: Type.Optional(deliveryState) }),
    answer: page('Notifications.', delivery),
  },
  retryDelivery: {
    method: 'POST',
    path: '/api/v1/alerts/deliveries/{id}/retry',
    topic: 'alerts',
    summary: 'Tries a notification again that was given up.',
    access: 'silence',
    params: whichDelivery,
    answer: 'nothing',
  },
  listSilences: {
    method: 'GET',
    path: '/api/v1/silences',
    topic: 'alerts',
    summary: 'Silences that were made in the hub and are in force. Those of AlertPolicies are in Git.',
    access: 'read',
    answer: object('What is silent.', { items: list('Silences.', silence) }),
  },
  silence: {
    method: 'POST',
    path: '/api/v1/silences',
    topic: 'alerts',
    summary: 'Tells nobody of alerts that match, for a while.',
    access: 'silence',
    body: object('What to be silent of.', {
      matchers: list('All have to hold.', text('A matcher: cluster="eu-1".', { maxLength: 1_000 }), {
        minItems: 1,
        maxItems: 50,
      }),
      for: duration('How long.'),
      reason: text('Why; it is recorded.', { maxLength: 1_000 }),
    }),
    answer: silence,
    status: 201,
  },
  unsilence: {
    method: 'DELETE',
    path: '/api/v1/silences/{id}',
    topic: 'alerts',
    summary: 'Ends a silence.',
    access: 'silence',
    params: whichSilence,
    answer: silence,
  },
})
