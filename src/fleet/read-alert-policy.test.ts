import { expect, test } from 'vitest'
import { createMemoryTree } from '../base/file-tree.ts'
import type { ResolvedAlertPolicy } from './alert-policy.ts'
import { loadFleet } from './load.ts'

const API = 'apiVersion: lockstep.dev/v1alpha1\n'
const cluster = (name: string, env: string): string =>
  `${API}kind: Cluster\nmetadata: {name: ${name}, labels: {env: ${env}}}\nspec: {provider: {simulated: {}}}\n---\n`
const policy = (name: string, spec: string): string =>
  `${API}kind: AlertPolicy\nmetadata: {name: ${name}}\nspec:\n${spec}---\n`

const load = async (policies: string, clusters?: readonly string[]): Promise<readonly ResolvedAlertPolicy[]> => {
  const tree = createMemoryTree({
    'fleet.yaml': `${API}kind: Fleet\nmetadata: {name: acme}\n`,
    'clusters.yaml': cluster('eu', 'prod') + cluster('us', 'prod') + cluster('lab', 'dev'),
    'policies.yaml': policies,
  })
  const { fleet, problems } = await loadFleet(tree, {}, clusters ? { clusters } : {})
  expect(problems).toEqual([])
  return fleet?.alertPolicies ?? []
}

test('policies come in the order of their names, each with the clusters that it selects', async () => {
  const policies = await load(
    policy('b', '  clusters: {matchLabels: {env: prod}}\n') +
      policy('a', '  clusters: {names: [lab]}\n') +
      policy('c', '  owners: []\n'),
    ['eu'],
  )

  expect(policies.map(({ name, clusters }) => [name, ...clusters])).toEqual([
    ['a', 'lab'],
    ['b', 'eu', 'us'],
    ['c', 'eu', 'us', 'lab'],
  ])
  expect(policies[0]?.origin).toEqual({ file: 'policies.yaml', line: 9, column: 18 })
})

test('a route takes over what it does not say itself', async () => {
  const [found] = await load(
    policy(
      'a',
      `  receivers: [{name: all}, {name: net}]
  route:
    receiver: all
    groupWait: 1m
    routes:
      - matchers: ['severity=high,drift!=added', 'cluster_label_env=~"p.*"']
        receiver: net
        groupBy: ['...']
        continue: true
        routes: [{repeatInterval: 1h}]
`,
    ),
  )

  const { route } = found as ResolvedAlertPolicy
  expect(route).toMatchObject({
    receiver: 'all',
    continue: false,
    matchers: [],
    groupBy: ['cluster', 'component', 'namespace'],
    groupWaitMs: 60_000,
    groupIntervalMs: 300_000,
    repeatIntervalMs: 14_400_000,
  })
  expect(route?.routes[0]?.matchers.map(({ label, operator, value }) => label + operator + value)).toEqual([
    'severity=high',
    'drift!=added',
    'cluster_label_env=~p.*',
  ])
  expect(route?.routes[0]).toMatchObject({ receiver: 'net', continue: true, groupBy: '...', groupWaitMs: 60_000 })
  expect(route?.routes[0]?.routes[0]).toMatchObject({ receiver: 'net', groupBy: '...', repeatIntervalMs: 3_600_000 })
})

test('receivers and silences have their defaults', async () => {
  const [found] = await load(
    policy(
      'a',
      `  receivers:
    - name: all
      email: [{to: [a@example.com], from: b@example.com, smtp: {host: mail}}]
      pagerduty: [{routingKey: {secret: pagerduty}}]
      webhook: [{url: "http://127.0.0.1:8080/hook?x=1"}, {url: {secret: hook}, signingKey: {secret: hook-key}}]
    - {name: quiet, sendResolved: false, email: [{to: [a@example.com], from: b@example.com, smtp: {host: localhost, tls: none, username: u, password: {secret: p}}}]}
  route: {receiver: all, routes: [{receiver: quiet}]}
  silences: [{matchers: ['cluster="eu"'], until: 2027-01-31T18:00:00+01:00, reason: the move}]
`,
    ),
  )

  expect(found?.receivers).toEqual([
    {
      name: 'all',
      sendResolved: true,
      slack: [],
      msteams: [],
      webhook: [
        { url: 'http://127.0.0.1:8080/hook?x=1' },
        { url: { secret: 'hook' }, signingKey: { secret: 'hook-key' } },
      ],
      email: [{ to: ['a@example.com'], from: 'b@example.com', smtp: { host: 'mail', port: 587, tls: 'starttls' } }],
      pagerduty: [{ routingKey: { secret: 'pagerduty' }, url: 'https://events.pagerduty.com/v2/enqueue' }],
      alertmanager: [],
    },
    expect.objectContaining({
      name: 'quiet',
      sendResolved: false,
      email: [
        {
          to: ['a@example.com'],
          from: 'b@example.com',
          smtp: { host: 'localhost', port: 25, tls: 'none', username: 'u', password: { secret: 'p' } },
        },
      ],
    }),
  ])
  expect(found?.silences).toMatchObject([{ until: '2027-01-31T18:00:00+01:00', reason: 'the move' }])
})
