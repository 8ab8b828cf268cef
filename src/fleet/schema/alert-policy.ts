import Type from 'typebox'
import { SEVERITIES } from '../severity.ts'
import { choice, document, duration, flag, list, name, object, selector, type Typed, text, time } from './common.ts'

const secret = (description: string) =>
  object(
    `${description} A secret of the hub, by its name.`,
    {
      secret: text("The file of that name in the hub's folder of secrets.", {
        pattern: '^[a-z0-9][a-z0-9.-]*$',
        maxLength: 253,
        'x-message': 'must be the name of a secret',
        'x-hint': 'small letters, digits, - and ., beginning with a letter or digit',
      }),
    },
    { 'x-secret': true },
  )

const HTTP_URL = {
  pattern: '^https?://[^\\s/?#@]+([/?#]\\S*)?$',
  'x-message': 'must be an http or https URL',
  'x-hint': 'write https://host/path, without user and password',
}
const url = (description: string) => text(description, HTTP_URL)

const address = (description: string) =>
  text(description, {
    pattern: '^[^\\s@<>,;:"]+@[^\\s@<>,;:"]+$',
    maxLength: 254,
    'x-message': 'must be an e-mail address',
    'x-hint': 'write it like ops@example.com',
  })

const severityRule = object('A condition on findings, and how bad they are.', {
  name: name('The name of the rule, for messages.'),
  when: text('A CEL expression over object, field, drift, component, cluster, live, git and manager.'),
  severity: choice('How bad.', SEVERITIES),
})

const namespaceOwner = object('Who owns what is in some namespaces.', {
  owner: text('Who is told about it: a team, a person.'),
  namespaces: object('The namespaces.', {
    names: list('Their names.', text('A name; * stands for any text.'), { minItems: 1 }),
  }),
})

const matchers = (description: string, options: Record<string, unknown> = {}) =>
  list(description, text('A matcher as Alertmanager has it: severity="critical", owner=~"@net.*".'), options)

const routeFields = {
  groupBy: Type.Optional(
    list(
      'The labels that alerts of one message have in common; "..." is every label. The default is cluster, component and namespace.',
      text('A label.'),
      { minItems: 1 },
    ),
  ),
  groupWait: Type.Optional(duration('How long the first message of a group waits for more alerts; 30s by default.')),
  groupInterval: Type.Optional(duration('How long until a group that changed is told again; 5m by default.')),
  repeatInterval: Type.Optional(duration('How long until a group that did not change is told again; 4h by default.')),
  routes: Type.Optional(
    Type.Unsafe<RouteSpec[]>({
      type: 'array',
      description:
        'Routes below this one, in order; an alert that none of them takes stays here. They have the same fields, taken over from this one where they are absent, and matchers and continue.',
      items: { $ref: 'alertRoute' },
    }),
  ),
}

/** A route below another one. Named, as routes are within routes. */
export const alertRoute = object('A branch of the tree of routes.', {
  matchers: Type.Optional(matchers('The alerts that it takes: those for which all of these hold; all by default.')),
  continue: Type.Optional(flag('Are the routes after it tried, too? The default is false.')),
  receiver: Type.Optional(text('The name of the receiver; the default is that of the route above.')),
  ...routeFields,
})

/** A route as a document has it: receiver is there at the root, matchers and continue below it. */
export type RouteSpec = {
  readonly matchers?: readonly string[]
  readonly continue?: boolean
  readonly receiver?: string
  readonly groupBy?: readonly string[]
  readonly groupWait?: string
  readonly groupInterval?: string
  readonly repeatInterval?: string
  readonly routes?: readonly RouteSpec[]
}

const webhook = object('A URL that gets a JSON document.', {
  url: Type.Union([url('The URL.'), secret('The URL, where it is one that nobody should know.')], {
    description: 'Its URL: http or https, or the secret that holds it.',
    'x-message': 'must be an http or https URL, or {secret: name}',
    'x-hint': 'write https://host/path without user and password, or {secret: name} where nobody should know the URL',
  }),
  signingKey: Type.Optional(secret('The key by which messages are signed.')),
})

const smtp = object(
  'The SMTP server.',
  {
    host: text('Its name or address.', { pattern: '^[A-Za-z0-9._:-]+$', 'x-message': 'must be a host' }),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65535,
        description: 'Its port; by default 587 for starttls, 465 for tls, 25 for none.',
      }),
    ),
    tls: Type.Optional(
      choice('How the connection is encrypted; the default is starttls, which is insisted on.', [
        'starttls',
        'tls',
        'none',
      ]),
    ),
    username: Type.Optional(text('The user to log in as.')),
    password: Type.Optional(secret('The password of that user.')),
  },
  {
    dependencies: { username: ['password'], password: ['username'] },
    'x-message': 'must have both username and password, or neither',
  },
)

const receiver = object('Where alerts go to; without any address it is where they end.', {
  name: name('The name by which routes refer to it.'),
  slack: Type.Optional(
    list('Slack.', object('An incoming webhook of Slack.', { url: secret('Its URL.') }), { minItems: 1 }),
  ),
  msteams: Type.Optional(
    list('Microsoft Teams.', object('A workflow of Teams.', { url: secret('Its URL.') }), { minItems: 1 }),
  ),
  webhook: Type.Optional(list('Any program that speaks HTTP.', webhook, { minItems: 1 })),
  email: Type.Optional(
    list(
      'E-mail.',
      object('An e-mail.', {
        to: list('Who gets it.', address('An address.'), { minItems: 1 }),
        from: address('Who it comes from.'),
        smtp,
      }),
      { minItems: 1 },
    ),
  ),
  pagerduty: Type.Optional(
    list(
      'PagerDuty, by version 2 of its Events API.',
      object('A service of PagerDuty.', {
        routingKey: secret('Its integration key.'),
        url: Type.Optional(url('Where events go to; https://events.pagerduty.com/v2/enqueue by default.')),
      }),
      { minItems: 1 },
    ),
  ),
  alertmanager: Type.Optional(
    list('Alertmanager.', object('An Alertmanager.', { url: url('Its address: http://alertmanager:9093.') }), {
      minItems: 1,
    }),
  ),
  sendResolved: Type.Optional(flag('Is it told as well when an alert is over? The default is true.')),
})

const silence = object('Alerts that are not sent for a time.', {
  matchers: matchers('The alerts: those for which all of these hold.', { minItems: 1 }),
  from: Type.Optional(time('When it begins; at once by default.')),
  until: time('When it ends.'),
  reason: text('Why, for those who wonder.'),
})

/** The spec of an AlertPolicy. */
const alertPolicySpec = object('How bad findings are, whose they are, and who is told.', {
  clusters: Type.Optional(selector('The clusters that it speaks of; all by default.', 'cluster')),
  severity: Type.Optional(
    list('How bad findings are: the first rule that holds, else what Lockstep says itself.', severityRule),
  ),
  owners: Type.Optional(
    list('Whose findings are that neither the component nor CODEOWNERS gives an owner.', namespaceOwner),
  ),
  route: Type.Optional(
    object('The tree that alerts go down, as Alertmanager has it.', {
      receiver: text('The name of the receiver of what no route below takes.'),
      ...routeFields,
    }),
  ),
  receivers: Type.Optional(list('Where alerts go to.', receiver)),
  silences: Type.Optional(list('Alerts that are not sent for a time. A hub can be given more.', silence)),
})

/** How bad findings are, whose they are, and who is told. */
export const alertPolicy = document(
  'AlertPolicy',
  'policy',
  'How bad findings are, whose they are, and who is told.',
  alertPolicySpec,
)

/** The spec of an AlertPolicy as a document has it. */
export type AlertPolicySpec = Typed<typeof alertPolicySpec>
