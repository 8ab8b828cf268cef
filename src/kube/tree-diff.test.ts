import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFieldPath } from './field-path.ts'
import type { Json } from './object.ts'
import { diffTrees } from './tree-diff.ts'

const lists = { '/containers': ['name'], '/containers/*/ports': ['containerPort', 'protocol'], '/finalizers': [] }
const diff = (expected: Json, live: Json): string[] =>
  diffTrees(expected, live, { lists }).map(({ change, path }) => `${change} ${formatFieldPath(path)}`)

test.each<[string, Json, Json, string[]]>([
  ['equal trees', { a: { b: [1] } }, { a: { b: [1] } }, []],
  ['null and absent are one', { a: null }, {}, []],
  ['a leaf', { a: 1 }, { a: 2 }, ['changed /a']],
  ['a whole new part, once', { a: 1 }, { a: 1, b: { c: { d: 1 } } }, ['added /b']],
  ['a whole missing part, once', { b: { c: { d: 1 } } }, {}, ['removed /b']],
  [
    'an item of a keyed list by its key',
    { containers: [{ name: 'a', image: '1' }] },
    { containers: [{ name: 'x' }, { name: 'a', image: '2' }] },
    ['changed /containers/[name=a]/image', 'added /containers/[name=x]'],
  ],
  [
    'items in another order',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ name: 'b' }, { name: 'a' }] },
    ['reordered /containers'],
  ],
  ['a set in another order is the same set', { finalizers: ['a', 'b'] }, { finalizers: ['b', 'a'] }, []],
  ['a value added to a set', { finalizers: ['a'] }, { finalizers: ['b', 'a'] }, ['added /finalizers/["b"]']],
  [
    'a key that has a default',
    { containers: [{ name: 'a', ports: [{ containerPort: 80 }] }] },
    { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }] },
    ['added /containers/[name=a]/ports/[containerPort=80,protocol=TCP]/protocol'],
  ],
  ['an item appended to a plain list', { rules: [{ a: 1 }] }, { rules: [{ a: 1 }, { b: 1 }] }, ['added /rules/1']],
  ['an item put before a plain list', { rules: [{ a: 1 }] }, { rules: [{ b: 1 }, { a: 1 }] }, ['added /rules/0']],
  ['an item taken from a plain list', { rules: [{ a: 1 }, { b: 1 }] }, { rules: [{ b: 1 }] }, ['changed /rules']],
  ['a changed item of a plain list', { rules: [{ a: 1, b: 1 }] }, { rules: [{ a: 2, b: 1 }] }, ['changed /rules/0/a']],
  [
    'a keyed list with a key twice is compared as a whole',
    { containers: [{ name: 'a' }] },
    { containers: [{ name: 'a' }, { name: 'a' }] },
    ['added /containers/1'],
  ],
  ['another type', { a: { b: 1 } }, { a: 'b' }, ['changed /a']],
])('tells %s', (_, expected, live, differences) => {
  expect(diff(expected, live)).toEqual(differences)
})

test('any two different JSON values differ, and no value differs from itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
      const strip = (value: unknown): unknown =>
        value !== null && typeof value === 'object' && !Array.isArray(value)
          ? Object.fromEntries(
              Object.entries(value)
                .filter(([, below]) => below !== null)
                .map(([key, below]) => [key, strip(below)])
                .sort(),
            )
          : Array.isArray(value)
            ? value.map(strip)
            : Object.is(value, -0)
              ? 0
              : value
      expect(diffTrees(left as Json, left as Json, { lists: {} })).toEqual([])
      const isSame = JSON.stringify(strip(left)) === JSON.stringify(strip(right))
      if (!isSame) expect(diffTrees({ value: left as Json }, { value: right as Json }, { lists: {} })).not.toEqual([])
    }),
  )
})

test('a part that stands for a value in another way is asked, not walked', () => {
  const options = {
    lists: {},
    matchOpaque: (node: Json, live: Json) =>
      typeof node === 'object' && node !== null && 'is' in node ? node.is === live : undefined,
  }

  expect(diffTrees({ a: { is: 'x' } }, { a: 'x' }, options)).toEqual([])
  expect(diffTrees({ a: { is: 'x' } }, { a: 'y' }, options)).toHaveLength(1)
})
