import { expect, test } from 'vitest'
import type { ObjectRef } from '../kube/object.ts'
import { countDeferred, countFleetDeletions, guardDeletions } from './deletion-guard.ts'
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
const planOf = (components: Record<string, PlannedObject[]>, owned = 0): Plan => ({
  owned,
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

test('access that has ended needs nobody, however much it is', () => {
  const ended = ['p', 'q', 'r', 's'].map((name) => ({ ...deletion('a', name), reason: 'expired' as const }))
  const plan = guardDeletions(planOf({ a: ended }), { guard, owned: new Map([['a', 4]]), unassigned: new Set() })

  expect(plan.confirmation).toBeUndefined()
})

test('access that grants no longer give needs nobody, unless it is too much at once', () => {
  const revoked = (name: string): PlannedObject => {
    const object = deletion('rbac-a', name)
    return {
      ...object,
      live: { ...object.live!, metadata: { ...object.live!.metadata, labels: { 'lockstep.dev/grant': 'a' } } },
    }
  }
  const guarded = (names: string[], fleet?: { type: 'defer' }) =>
    guardDeletions(planOf({ 'rbac-a': names.map(revoked) }), {
      guard,
      owned: new Map([['rbac-a', 3]]),
      unassigned: new Set(['rbac-a']),
      ...(fleet ? { fleet } : {}),
    })

  expect(actions(guarded(['p', 'q', 'r'], { type: 'defer' }))).toEqual(['delete p', 'delete q', 'delete r'])
  expect(guarded(['p', 'q', 'r', 's']).confirmation?.reasons).toEqual([
    '4 roles and bindings of grants would be deleted',
  ])
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

test('what one cluster lets pass waits until those of the fleet are counted, and what it would ask for is asked for', () => {
  const plan = guardDeletions(planOf({ a: [deletion('a', 'x'), deletion('a', 'ns', 'Namespace')] }), {
    guard,
    owned: new Map([['a', 10]]),
    unassigned: new Set(),
    fleet: { type: 'defer' },
  })

  expect(countDeferred(plan) > 0).toBe(true)
  expect(plan.components[0]?.objects.map(({ skip }) => skip?.reason)).toEqual(['deferred', 'unconfirmed'])
  expect(plan.confirmation?.deletions.map(({ name }) => name)).toEqual(['ns'])
})

const deferredPlan = (count: number, owned: number): Plan =>
  guardDeletions(planOf({ a: Array.from({ length: count }, (_, at) => deletion('a', `x${at}`)) }, owned), {
    guard,
    owned: new Map([['a', owned]]),
    unassigned: new Set(),
    fleet: { type: 'defer' },
  })

test.each<[string, Plan[], string | undefined]>([
  ['few over the whole fleet', [deferredPlan(1, 20), deferredPlan(1, 20), deferredPlan(0, 20)], undefined],
  ['those of one cluster, which asked already', [deferredPlan(3, 100), deferredPlan(0, 1)], undefined],
  [
    'more objects than the limit, one a cluster',
    [1, 1, 1, 1, 0].map((count) => deferredPlan(count, 20)),
    '4 of 100 objects on 4 clusters would be deleted',
  ],
  [
    'more than the limit in percent of what the fleet has',
    [deferredPlan(1, 2), deferredPlan(1, 1)],
    '2 of 3 objects on 2 clusters would be deleted',
  ],
])('counts over the fleet: %s', (_, plans, why) => {
  const counts = plans.map((plan) => ({ deferred: countDeferred(plan), owned: plan.owned }))

  expect(countFleetDeletions(counts, guard)).toEqual(why === undefined ? undefined : { type: 'ask', why })
})

test('what the fleet has too many of is confirmed by a digest of exactly these', () => {
  const input = {
    guard,
    owned: new Map([['a', 20]]),
    unassigned: new Set<string>(),
    fleet: { type: 'ask' as const, why: '4 of 100 objects on 4 clusters would be deleted' },
  }
  const plan = planOf({ a: [deletion('a', 'x')] }, 20)

  const asked = guardDeletions(plan, input)
  expect(actions(asked)).toEqual(['skip x'])
  expect(asked.confirmation?.reasons).toEqual([input.fleet.why])
  expect(actions(guardDeletions(plan, { ...input, confirmed: asked.confirmation!.digest }))).toEqual(['delete x'])
})
