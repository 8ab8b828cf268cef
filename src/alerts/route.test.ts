import { expect, test } from 'vitest'
import { parseMatchers } from '../fleet/alert-matcher.ts'
import type { AlertRoute } from '../fleet/alert-policy.ts'
import { routeAlert } from './route.ts'
import { toLabels, toPolicy, toReceiver, toRoute } from './testing/sample.ts'

const on = (matchers: string, change: Partial<AlertRoute> = {}): AlertRoute =>
  toRoute({ matchers: parseMatchers(matchers), ...change })
const names = ['team', 'net', 'pager', 'log'].map((name) => toReceiver({ name }))
const policy = (routes: readonly AlertRoute[], change: Partial<AlertRoute> = {}) =>
  toPolicy({ route: toRoute({ routes, ...change }), receivers: names })
const receivers = (...args: Parameters<typeof routeAlert>): string[] =>
  routeAlert(...args).map(({ receiver }) => receiver.name)

test.each<[string, readonly AlertRoute[], string[]]>([
  ['what no route takes stays at the root', [on('severity="low"', { receiver: 'log' })], ['team']],
  [
    'the first route that matches takes it',
    [on('severity="high"', { receiver: 'net' }), on('', { receiver: 'log' })],
    ['net'],
  ],
  [
    'with continue the next ones are tried, too',
    [on('severity="high"', { receiver: 'net', continue: true }), on('', { receiver: 'log' })],
    ['net', 'log'],
  ],
  [
    'a route below is more precise than its parent',
    [on('severity="high"', { receiver: 'net', routes: [on('namespace=~"sh.*"', { receiver: 'pager' })] })],
    ['pager'],
  ],
  [
    'where no route below takes it, the parent does',
    [on('severity="high"', { receiver: 'net', routes: [on('namespace="other"', { receiver: 'pager' })] })],
    ['net'],
  ],
])('%s', (_, routes, expected) => {
  expect(receivers([policy(routes)], toLabels())).toEqual(expected)
})

test('a policy speaks of its clusters alone, and of what is of no cluster', () => {
  const other = { ...policy([]), clusters: new Set(['asia']) }
  const { cluster: _, ...fleetWide } = toLabels()

  expect(receivers([other], toLabels())).toEqual([])
  expect(receivers([other, policy([])], fleetWide)).toEqual(['team', 'team'])
})

test('a group is named by its policy, the way to its route and its labels', () => {
  const [routed] = routeAlert(
    [policy([on('severity="high"', { receiver: 'net', groupBy: ['cluster', 'owner'] })])],
    toLabels(),
  )

  expect(routed).toMatchObject({ groupLabels: { cluster: 'eu' }, path: '{}/{severity="high"}' })
  expect(routed?.groupKey).toBe('default/net:{}/{severity="high"}:{cluster="eu"}')
})

test('grouped by every label, no two alerts are one message', () => {
  const all = [policy([], { groupBy: '...' })]
  const keys = ['a', 'b'].map((name) => routeAlert(all, toLabels({ name }))[0]?.groupKey)

  expect(new Set(keys).size).toBe(2)
})
