import { expect, test } from 'vitest'
import { planRollout, type RolloutCluster } from './plan-rollout.ts'

const cluster = (name: string, rest: Partial<RolloutCluster> = {}): RolloutCluster => ({
  name,
  labels: { env: name.split('-')[0]! },
  target: 'old',
  applied: 'old',
  ...rest,
})
const fleet = ['canary-1', 'prod-1', 'prod-2', 'prod-3', 'prod-4'].map((name) => cluster(name))
const rule = { first: { matchLabels: { env: 'canary' } }, maxConcurrent: 2 }
const withStates = (states: Record<string, Partial<RolloutCluster>>): RolloutCluster[] =>
  fleet.map((one) => ({ ...one, ...states[one.name] }))
const done = { target: 'new', applied: 'new' }

test('starts with the clusters that go first, and no other', () => {
  expect(planRollout('new', fleet, rule)).toMatchObject({ start: ['canary-1'], phase: 'first' })
})

test('holds the rest until the first are applied', () => {
  const step = planRollout('new', withStates({ 'canary-1': { target: 'new' } }), rule)

  expect(step).toMatchObject({ start: [], phase: 'first', waiting: ['canary-1'] })
})

test('goes on with as many at a time as the rule says', () => {
  const step = planRollout('new', withStates({ 'canary-1': done, 'prod-1': { target: 'new' } }), rule)

  expect(step).toMatchObject({ start: ['prod-2'], phase: 'rest' })
})

test('halts for all when one fails', () => {
  const step = planRollout('new', withStates({ 'canary-1': done, 'prod-1': { target: 'new', failed: 'new' } }), rule)

  expect(step).toMatchObject({
    start: [],
    phase: 'halted',
    failed: ['prod-1'],
    waiting: ['prod-2', 'prod-3', 'prod-4'],
  })
})

test('does not halt for what failed before, at another revision', () => {
  const step = planRollout('new', withStates({ 'canary-1': { failed: 'old' } }), rule)

  expect(step).toMatchObject({ start: ['canary-1'], phase: 'first' })
})

test('goes on once what failed was put right', () => {
  const step = planRollout('new', withStates({ 'canary-1': { ...done, failed: 'new' } }), rule)

  expect(step).toMatchObject({ start: ['prod-1', 'prod-2'] })
})

test('a cluster out of reach takes no place of those at work', () => {
  const away = { target: 'new', isUnreachable: true }
  const step = planRollout('new', withStates({ 'canary-1': done, 'prod-1': away, 'prod-2': { target: 'new' } }), rule)

  expect(step).toMatchObject({ start: ['prod-3'] })
})

test('a percentage is at least one cluster', () => {
  expect(planRollout('new', fleet, { maxConcurrent: '10%' }).start).toEqual(['canary-1'])
  expect(planRollout('new', fleet, { maxConcurrent: '40%' }).start).toEqual(['canary-1', 'prod-1'])
  expect(planRollout('new', fleet, {}).start).toHaveLength(5)
})

test('is done when all have it', () => {
  const all = fleet.map((one) => ({ ...one, ...done }))

  expect(planRollout('new', all, rule)).toMatchObject({ start: [], phase: 'done', waiting: [] })
})
