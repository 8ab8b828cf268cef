import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { startHttpReceiver } from '../../../test/alerts/http-receiver.ts'
import { systemClock } from '../../base/system-clock.ts'
import { createUrlGuard } from '../../source/url-guard.ts'
import { toMessage } from '../message.ts'
import type { Notification } from '../notification.ts'
import { at, toAlert, toSample } from '../testing/sample.ts'
import { formatTeamsBody } from './msteams/msteams.ts'
import { toPagerDutyEvents } from './pagerduty/pagerduty.ts'
import { createHttpPoster, parseRetryAfter } from './post-json.ts'
import { toSlackBody } from './slack/slack.ts'

// Slack, Teams and PagerDuty cannot run here. What is sent is held against what they document, what they answer is as they document it.
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength })

/** https://docs.slack.dev/reference/block-kit/blocks: header, section, divider and context; 50 blocks a message. */
const SLACK = {
  type: 'object',
  required: ['text', 'blocks'],
  additionalProperties: false,
  properties: {
    text: text(4_000),
    blocks: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        oneOf: [
          {
            type: 'object',
            required: ['type', 'text'],
            additionalProperties: false,
            properties: {
              type: { const: 'header' },
              text: {
                type: 'object',
                required: ['type', 'text'],
                additionalProperties: false,
                properties: { type: { const: 'plain_text' }, text: text(150) },
              },
            },
          },
          {
            type: 'object',
            required: ['type', 'text'],
            additionalProperties: false,
            properties: {
              type: { const: 'section' },
              text: {
                type: 'object',
                required: ['type', 'text'],
                additionalProperties: false,
                properties: { type: { const: 'mrkdwn' }, text: text(3_000) },
              },
            },
          },
          {
            type: 'object',
            required: ['type'],
            additionalProperties: false,
            properties: { type: { const: 'divider' } },
          },
          {
            type: 'object',
            required: ['type', 'elements'],
            additionalProperties: false,
            properties: {
              type: { const: 'context' },
              elements: {
                type: 'array',
                minItems: 1,
                maxItems: 10,
                items: {
                  type: 'object',
                  required: ['type', 'text'],
                  additionalProperties: false,
                  properties: { type: { const: 'mrkdwn' }, text: text(3_000) },
                },
              },
            },
          },
        ],
      },
    },
  },
}

/** https://adaptivecards.io/explorer, version 1.4, in the message that a Workflows webhook takes. */
const TEXT_BLOCK = {
  type: 'object',
  required: ['type', 'text'],
  additionalProperties: false,
  properties: {
    type: { const: 'TextBlock' },
    text: text(2_000),
    wrap: { type: 'boolean' },
    weight: { enum: ['default', 'lighter', 'bolder'] },
    size: { enum: ['default', 'small', 'medium', 'large', 'extraLarge'] },
    isSubtle: { type: 'boolean' },
  },
}
const TEAMS = {
  type: 'object',
  required: ['type', 'attachments'],
  additionalProperties: false,
  properties: {
    type: { const: 'message' },
    attachments: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        type: 'object',
        required: ['contentType', 'content'],
        additionalProperties: false,
        properties: {
          contentType: { const: 'application/vnd.microsoft.card.adaptive' },
          contentUrl: { type: 'null' },
          content: {
            type: 'object',
            required: ['type', 'version', 'body'],
            additionalProperties: false,
            properties: {
              $schema: { const: 'http://adaptivecards.io/schemas/adaptive-card.json' },
              type: { const: 'AdaptiveCard' },
              version: { const: '1.4' },
              msteams: { type: 'object' },
              body: {
                type: 'array',
                minItems: 1,
                items: {
                  oneOf: [
                    TEXT_BLOCK,
                    {
                      type: 'object',
                      required: ['type', 'items'],
                      additionalProperties: false,
                      properties: {
                        type: { const: 'Container' },
                        style: { enum: ['default', 'emphasis', 'good', 'attention', 'warning', 'accent'] },
                        bleed: { type: 'boolean' },
                        items: { type: 'array', items: TEXT_BLOCK },
                      },
                    },
                    {
                      type: 'object',
                      required: ['type', 'facts'],
                      additionalProperties: false,
                      properties: {
                        type: { const: 'FactSet' },
                        facts: {
                          type: 'array',
                          minItems: 1,
                          items: {
                            type: 'object',
                            required: ['title', 'value'],
                            additionalProperties: false,
                            properties: { title: text(100), value: text(2_000) },
                          },
                        },
                      },
                    },
                  ],
                },
              },
              actions: {
                type: 'array',
                maxItems: 6,
                items: {
                  type: 'object',
                  required: ['type', 'title', 'url'],
                  additionalProperties: false,
                  properties: {
                    type: { const: 'Action.OpenUrl' },
                    title: text(100),
                    url: { type: 'string', pattern: '^https?://' },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
}

/** https://developer.pagerduty.com/docs/events-api-v2-overview, and reference/events-v2 of github.com/PagerDuty/api-schema. */
const PAGERDUTY = {
  type: 'object',
  required: ['event_action', 'dedup_key'],
  additionalProperties: false,
  // A payload is required of what triggers.
  anyOf: [{ required: ['payload'] }, { properties: { event_action: { const: 'resolve' } } }],
  properties: {
    event_action: { enum: ['trigger', 'acknowledge', 'resolve'] },
    dedup_key: text(255),
    client: text(255),
    links: {
      type: 'array',
      items: {
        type: 'object',
        required: ['href'],
        additionalProperties: false,
        properties: { href: { type: 'string', pattern: '^https?://' }, text: text(255) },
      },
    },
    payload: {
      type: 'object',
      required: ['summary', 'severity', 'source'],
      additionalProperties: false,
      properties: {
        summary: text(1_024),
        severity: { enum: ['critical', 'error', 'warning', 'info'] },
        source: text(255),
        timestamp: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T' },
        component: text(255),
        group: text(255),
        class: text(255),
        custom_details: { type: 'object' },
      },
    },
  },
}

const ajv = new Ajv({ strict: false })
const [isSlack, isTeams, isPagerDuty] = [SLACK, TEAMS, PAGERDUTY].map((schema) => ajv.compile(schema))

const long = 'é<&*_[x](y)`~>'.repeat(400)
const over = toAlert('api', {
  endsAt: at(3),
  annotations: { ...toAlert('api').annotations, done: 'healed after 12ms' },
})
const CASES: Readonly<Record<string, Notification>> = {
  'one alert': toSample(),
  'one that is over': toSample([over], { reason: 'changed' }),
  'open and over, with some that were only counted': toSample([toAlert('web'), over], { reason: 'changed', quiet: 3 }),
  'more than anybody reads': toSample(
    Array.from({ length: 250 }, (_, index) =>
      toAlert(`object-${index}`, { annotations: { summary: `${index} ${long}`, change: long, who: long } }),
    ),
  ),
  'an alert without anything but its sentence': toSample([
    toAlert('web', {
      labels: { alertname: 'LockstepGitUnreachable', severity: 'high' },
      annotations: { summary: 'the fleet cannot be read' },
    }),
  ]),
}

test.each(Object.entries(CASES))('what Slack gets is as it documents: %s', (_, notification) => {
  const body = toSlackBody(toMessage(notification))

  expect([isSlack?.(body), isSlack?.errors]).toEqual([true, null])
})

test.each(Object.entries(CASES))('what Teams gets is as it documents: %s', (_, notification) => {
  const body = formatTeamsBody(toMessage(notification))

  expect([isTeams?.(JSON.parse(body)), isTeams?.errors]).toEqual([true, null])
  expect(Buffer.byteLength(body)).toBeLessThan(28 * 1024)
})

test.each(Object.entries(CASES))('what PagerDuty gets is as it documents: %s', (_, notification) => {
  for (const event of toPagerDutyEvents(notification)) {
    expect([isPagerDuty?.(event), isPagerDuty?.errors]).toEqual([true, null])
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512 * 1024)
  }
})

test('PagerDuty is told of an incident and its end by one key, and nothing of what was over before', () => {
  const [trigger] = toPagerDutyEvents(toSample())
  const [resolve] = toPagerDutyEvents(toSample([over], { reason: 'changed' }))

  expect([trigger?.event_action, resolve?.event_action]).toEqual(['trigger', 'resolve'])
  expect(trigger?.dedup_key).toBe(resolve?.dedup_key)
  expect(toPagerDutyEvents(toSample([over]))).toEqual([])
  expect(toPagerDutyEvents(toSample(undefined, { reason: 'test' })).map((event) => event.event_action)).toEqual([
    'trigger',
    'resolve',
  ])
})

test.each([
  ['critical', 'critical'],
  ['high', 'error'],
  ['medium', 'warning'],
  ['low', 'info'],
  ['info', 'info'],
] as const)('PagerDuty is told %s as %s', (severity, told) => {
  const [event] = toPagerDutyEvents(toSample(undefined, { severity }))

  expect(event).toMatchObject({ payload: { severity: told } })
})

test('what others wrote names no channel and no person in Slack, and makes no link in Teams', () => {
  const nasty = toSample([
    toAlert('web', { annotations: { summary: '<!channel> [free](http://evil.example.com)', who: '<@U1>' } }),
    toAlert('b'),
  ])

  expect(JSON.stringify(toSlackBody(toMessage(nasty)).blocks.slice(1))).not.toMatch(/<!channel>|<@U1>/)
  expect(formatTeamsBody(toMessage(nasty))).not.toContain('[free](')
})

test('the same on several clusters is one item, with the names of the clusters', () => {
  const alerts = ['eu', 'us', 'asia'].map((cluster) =>
    toAlert(cluster, {
      labels: { ...toAlert('web').labels, cluster, name: 'web' },
      annotations: { summary: `ConfigMap/shop/web was changed on ${cluster}`, change: '1 → 2' },
    }),
  )
  const { items, title } = toMessage(toSample(alerts, { groupLabels: { namespace: 'shop' } }))

  expect(title).toBe('ConfigMap/shop/web was changed on 3 clusters')
  expect(items).toHaveLength(1)
  expect(items[0]?.facts).toContainEqual(['Clusters', 'eu, us, asia'])
})

/** What they answer, by their documentation; `retry-after` as Slack sends it with 429. */
const ANSWERS: readonly [
  name: string,
  status: number,
  body: string,
  expected: object,
  headers?: Record<string, string>,
][] = [
  ['Slack took it', 200, 'ok', { type: 'sent' }],
  [
    'Slack has no such webhook',
    404,
    'no_service',
    { retry: 'terminal', reason: expect.stringContaining('no_service') },
  ],
  ['Slack has the channel archived', 410, 'channel_is_archived', { retry: 'terminal' }],
  [
    'Slack has had too much',
    429,
    'rate_limited',
    { retry: 'transient', retryAfterMs: 30_000 },
    { 'retry-after': '30' },
  ],
  ['Teams took it', 202, '', { type: 'sent' }],
  ['Teams finds it too large', 413, 'Request Entity too large', { retry: 'terminal' }],
  ['PagerDuty took it', 202, '{"status":"success","message":"Event processed","dedup_key":"x"}', { type: 'sent' }],
  [
    'PagerDuty finds it wrong',
    400,
    '{"status":"invalid event","message":"Event object is invalid","errors":["Length of \'routing_key\' is incorrect"]}',
    { retry: 'terminal', reason: expect.stringContaining('routing_key') },
  ],
  ['PagerDuty is out of order', 500, '', { retry: 'transient' }],
]

test.each(ANSWERS)('%s', async (_, status, body, expected, headers = {}) => {
  await using server = await startHttpReceiver()
  server.answer(() => ({ status, body, headers }))
  await using poster = createHttpPoster({ guard: createUrlGuard(['127.0.0.1']), env: {}, now: systemClock.now })

  expect(await poster.post({ url: server.url, body: '{}', signal: AbortSignal.timeout(5_000) })).toMatchObject(expected)
})

test('a redirect is not followed: what is signed for one address goes to no other one', async () => {
  await using server = await startHttpReceiver()
  server.answer(({ path }) => ({ status: path === '/' ? 302 : 200, headers: { location: '/elsewhere' } }))
  await using poster = createHttpPoster({ guard: createUrlGuard(['127.0.0.1']), env: {}, now: systemClock.now })

  expect(await poster.post({ url: server.url, body: '{}', signal: AbortSignal.timeout(5_000) })).toMatchObject({
    retry: 'terminal',
  })
  expect(server.requests).toHaveLength(1)
})

test.each([
  ['7', 7_000],
  ['0', 0],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['999999', 3_600_000],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, expected) => {
  expect(parseRetryAfter(header, new Date(at(0)))).toBe(expected)
})
