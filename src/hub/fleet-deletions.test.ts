import { expect, test } from 'vitest'
import type { RunnerState } from './cluster-runner.ts'
import { decideDeletions, type FleetDeletionsOf, toFleetDeletions } from './fleet-deletions.ts'

const guard = { maxObjects: 2, maxPercent: 100 }
const cluster = (name: string, rest: Partial<RunnerState> = {}): RunnerState => ({
  name,
  labels: {},
  state: 'synced',
  objects: 10,
  requests: 0,
  looked: 'new',
  ...rest,
})

test.each<[string, RunnerState[], FleetDeletionsOf['decided']]>([
  ['one cluster has nobody to wait for', [cluster('a', { looked: 'old', deferred: 5 })], 'allowed'],
  ['one was not looked at yet', [cluster('a', { deferred: 1 }), cluster('b', { looked: 'old' })], undefined],
  [
    'one is out of reach, the others are counted',
    [
      cluster('a', { deferred: 1 }),
      cluster('b', { deferred: 1 }),
      cluster('c', { looked: 'old', isUnreachable: true }),
    ],
    'allowed',
  ],
  ['all are out of reach', [cluster('a', { isUnreachable: true }), cluster('b', { isUnreachable: true })], undefined],
  [
    'too many together',
    [cluster('a', { deferred: 2 }), cluster('b', { deferred: 1 })],
    { type: 'ask', why: '3 of 20 objects on 2 clusters would be deleted' },
  ],
])('deletions over the fleet: %s', (_, clusters, decided) => {
  expect(decideDeletions({ revision: 'new' }, clusters, guard)).toEqual({
    revision: 'new',
    ...(decided && { decided }),
  })
})

test('what was decided stands, whatever is counted later', () => {
  const before: FleetDeletionsOf = { revision: 'new', decided: 'allowed' }

  expect(decideDeletions(before, [cluster('a', { deferred: 9 }), cluster('b', { deferred: 9 })], guard)).toEqual(before)
})

test('a cluster at another revision keeps its deletions back', () => {
  expect(toFleetDeletions({ revision: 'new', decided: 'allowed' }, 'old')).toEqual({ type: 'defer' })
  expect(toFleetDeletions({ revision: 'new', decided: 'allowed' }, 'new')).toBeUndefined()
})
