import { expect, test } from 'vitest'
import type { Difference } from '../drift/compare.ts'
import { parseFieldPath } from '../kube/field-path.ts'
import { object } from '../kube/testing/object.ts'
import { computeHealPatch } from './heal-patch.ts'

const live = object`
  apiVersion: v1
  kind: Pod
  metadata: {name: p, resourceVersion: "7", labels: {foreign: x}, finalizers: [a/b]}
  spec:
    hostNetwork: true
    dnsPolicy: Default
    containers: [{name: web}, {name: miner}, {name: spy}]
    initContainers: [{name: b}, {name: a}, {name: foreign}]`
const difference = (path: string, over: Omit<Partial<Difference>, 'path'>): Difference => ({
  change: 'added',
  drift: 'added',
  ...over,
  path: parseFieldPath(path),
})
const patch = (differences: Difference[], includeStated = false): unknown =>
  computeHealPatch(live, differences, { includeStated })

test('what was added is removed, from the back, and only of the version that was read', () => {
  expect(
    patch([
      difference('/spec/containers/[name=miner]', {}),
      difference('/spec/containers/[name=spy]', {}),
      difference('/spec/hostNetwork', {}),
      difference('/metadata/labels/foreign', {}),
    ]),
  ).toEqual([
    { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    { op: 'remove', path: '/spec/hostNetwork' },
    { op: 'remove', path: '/spec/containers/2' },
    { op: 'remove', path: '/spec/containers/1' },
    { op: 'remove', path: '/metadata/labels/foreign' },
  ])
})

test('a field that the server had filled in gets its recorded value back', () => {
  expect(
    patch([difference('/spec/dnsPolicy', { change: 'changed', expected: 'ClusterFirst', live: 'Default' })]),
  ).toContainEqual({ op: 'replace', path: '/spec/dnsPolicy', value: 'ClusterFirst' })
})

test('items go back into their order, and those of others keep their place', () => {
  expect(
    patch([
      difference('/spec/initContainers', {
        change: 'reordered',
        drift: 'modified',
        expected: ['[name=a]', '[name=b]'],
        live: ['[name=b]', '[name=a]'],
      }),
    ]),
  ).toContainEqual({
    op: 'replace',
    path: '/spec/initContainers',
    value: [{ name: 'a' }, { name: 'b' }, { name: 'foreign' }],
  })
})

test('what only reports tell of is left alone', () => {
  expect(patch([difference('/metadata/finalizers/["a/b"]', {})])).toBeUndefined()
})

test('fields that Git states are left to the apply, unless there is to be none', () => {
  const stated = difference('/spec/dnsPolicy', {
    change: 'changed',
    drift: 'modified',
    expected: 'None',
    git: 'None',
    live: 'Default',
  })

  expect(patch([stated])).toBeUndefined()
  expect(patch([stated], true)).toContainEqual({ op: 'replace', path: '/spec/dnsPolicy', value: 'None' })
})

test('what was removed comes back with the map that went with it', () => {
  expect(
    patch([
      difference('/metadata/annotations/a', { change: 'removed', drift: 'modified', expected: '1' }),
      difference('/metadata/annotations/b', { change: 'removed', drift: 'modified', expected: '2' }),
    ]),
  ).toEqual([
    { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    { op: 'add', path: '/metadata/annotations', value: {} },
    { op: 'add', path: '/metadata/annotations/a', value: '1' },
    { op: 'add', path: '/metadata/annotations/b', value: '2' },
  ])
})
