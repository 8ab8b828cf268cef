import { expect, test } from 'vitest'
import type { ObjectRef } from '../kube/object.ts'
import { guardDeletions } from './deletion-guard.ts'
import type { Plan, PlannedObject } from './plan.ts'

const deletion = (component: string, name: string, kind = 'ConfigMap'): PlannedObject => {
  const ref: ObjectRef = { group: '', kind, name, ...(kind === 'Namespace' ? {} : { namespace: 'n' }) }
  return {
    ref,
    apiVersion: 'v1',
    component,
    stage: 'configuration',
    action: 'delete',
    reason: 'pruned',
    entry: { ref, apiVersion: 'v1', uid: `uid-${name}` },
    live: { apiVersion: 'v1', kind, metadata: { name, uid: `uid-${name}` } },
    isFull: false,
    differences: [],
    heals: false,
  }
}
const planOf = (components: Record<string, PlannedObject[]>): Plan => ({
  cluster: 'c',
  revision: 'r',
  components: Object.entries(components).map(([name, objects]) => ({ name, dependsOn: [], objects })),
})
const guard = { maxObjects: 3, maxPercent: 50 }
const actions = (plan: Plan): string[] =>
  plan.components.flatMap(({ objects }) => objects.map(({ ref, action }) => `${action} ${ref.name}`))

test('a few deletions need nobody', () => {
  const plan = guardDeletions(planOf({ a: [deletion('a', 'x')] }), {
    guard,
    owned: new Map([['a', 10]]),
    unassigned: new Set(),
  })

  expect(plan.confirmation).toBeUndefined()
  expect(actions(plan)).toEqual(['delete x'])
})

test.each<[string, Record<string, PlannedObject[]>, Map<string, number>, Set<string>, string[]]>([
  [
    'more than the limit of objects',
    { a: ['p', 'q', 'r', 's'].map((name) => deletion('a', name)) },
    new Map([['a', 100]]),
    new Set(),
    ['skip p', 'skip q', 'skip r', 'skip s'],
  ],
  [
    'more than the limit in percent',
    { a: [deletion('a', 'p'), deletion('a', 'q')] },
    new Map([['a', 3]]),
    new Set(),
    ['skip p', 'skip q'],
  ],
  [
    'a namespace, and only it',
    { a: [deletion('a', 'ns', 'Namespace'), deletion('a', 'p')] },
    new Map([['a', 9]]),
    new Set(),
    ['skip ns', 'delete p'],
  ],
  [
    'an unassigned component, and only it',
    { a: [deletion('a', 'p')], b: [deletion('b', 'q')] },
    new Map([
      ['a', 9],
      ['b', 9],
    ]),
    new Set(['b']),
    ['delete p', 'skip q'],
  ],
  [
    'too many on the cluster',
    { a: [deletion('a', 'p'), deletion('a', 'q')], b: [deletion('b', 'r'), deletion('b', 's')] },
    new Map([
      ['a', 50],
      ['b', 50],
    ]),
    new Set(),
    ['skip p', 'skip q', 'skip r', 'skip s'],
  ],
])('a person is asked about %s', (_, components, owned, unassigned, expected) => {
  const plan = guardDeletions(planOf(components), { guard, owned, unassigned })

  expect(actions(plan)).toEqual(expected)
  expect(plan.confirmation?.deletions).toHaveLength(expected.filter((action) => action.startsWith('skip')).length)
})

test('the digest of the held deletions confirms them and no others', () => {
  const input = { guard, owned: new Map([['a', 9]]), unassigned: new Set(['a']) }
  const { confirmation } = guardDeletions(planOf({ a: [deletion('a', 'p')] }), input)

  expect(
    actions(guardDeletions(planOf({ a: [deletion('a', 'p')] }), { ...input, confirmed: confirmation!.digest })),
  ).toEqual(['delete p'])
  expect(
    actions(
      guardDeletions(planOf({ a: [deletion('a', 'p'), deletion('a', 'q')] }), {
        ...input,
        confirmed: confirmation!.digest,
      }),
    ),
  ).toEqual(['skip p', 'skip q'])
})

test('what nobody owns in an exclusive scope is removed without asking', () => {
  const { entry: _, ...unmanaged } = deletion('a', 'p')
  const plan = guardDeletions(planOf({ a: [{ ...unmanaged, reason: 'drift' }] }), {
    guard,
    owned: new Map(),
    unassigned: new Set(['a']),
  })

  expect(actions(plan)).toEqual(['delete p'])
})
