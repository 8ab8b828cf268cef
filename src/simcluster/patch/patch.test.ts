import { expect, test } from 'vitest'
import { findBuiltInSchema } from '../schema/built-in-schemas.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicPatch } from './strategic-patch.ts'

test.each<[string, unknown, object[], unknown]>([
  ['adds a key', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['adds an item before another', [1, 3], [{ op: 'add', path: '/1', value: 2 }], [1, 2, 3]],
  ['adds an item at the end', [1], [{ op: 'add', path: '/-', value: 2 }], [1, 2]],
  ['counts from the end', [1, 2], [{ op: 'remove', path: '/-1' }], [1]],
  ['sets a key that is not there by replace', {}, [{ op: 'replace', path: '/a', value: 1 }], { a: 1 }],
  ['unescapes keys', {}, [{ op: 'add', path: '/a~1b~0c', value: 1 }], { 'a/b~c': 1 }],
  [
    'moves and copies',
    { a: 1 },
    [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'move', from: '/a', path: '/c' },
    ],
    { b: 1, c: 1 },
  ],
  ['tests', { a: { b: 1 } }, [{ op: 'test', path: '/a', value: { b: 1 } }], { a: { b: 1 } }],
])('a JSON patch %s', (_, document, operations, expected) => {
  expect(applyJsonPatch(document, operations)).toEqual(expected)
})

test.each<[string, object]>([
  ['a test that fails', { op: 'test', path: '/a', value: 2 }],
  ['nothing to remove', { op: 'remove', path: '/b' }],
  ['a path that leads nowhere', { op: 'add', path: '/b/c', value: 1 }],
  ['an operation that there is not', { op: 'swap', path: '/a' }],
  ['an index that is out of bounds', { op: 'add', path: '/l/3', value: 1 }],
])('a JSON patch with %s is refused as a whole', (_, operation) => {
  const document = { a: 1, l: [1] }

  expect(() => applyJsonPatch(document, [{ op: 'add', path: '/z', value: 1 }, operation])).toThrow(
    'the server rejected our request due to an error in our request',
  )
  expect(document).toEqual({ a: 1, l: [1] })
})

test('a merge patch replaces lists, merges maps, and removes by null', () => {
  expect(applyMergePatch({ a: { b: 1, c: 2 }, l: [1, 2] }, { a: { b: null, d: 3 }, l: [3] })).toEqual({
    a: { c: 2, d: 3 },
    l: [3],
  })
  expect(() => applyMergePatch({}, [1])).toThrow('cannot unmarshal array')
})

const schema = findBuiltInSchema('', 'v1', 'Pod') as FieldSchema
const pod = (spec: object): object => ({ spec })
const containers = (...items: object[]): object => pod({ containers: items })

test.each<[string, object, object, object]>([
  [
    'merges lists by their key, new items where the patch has them',
    containers({ name: 'a', image: '1' }, { name: 'b', image: '1' }),
    containers({ name: 'b', image: '2' }, { name: 'c', image: '1' }),
    containers({ name: 'a', image: '1' }, { name: 'b', image: '2' }, { name: 'c', image: '1' }),
  ],
  [
    'deletes an item by directive',
    containers({ name: 'a' }, { name: 'b' }),
    containers({ name: 'a', $patch: 'delete' }),
    containers({ name: 'b' }),
  ],
  [
    'replaces a list by directive',
    containers({ name: 'a' }, { name: 'b' }),
    containers({ name: 'c' }, { $patch: 'replace' }),
    containers({ name: 'c' }),
  ],
  [
    'replaces a map by directive',
    pod({ nodeSelector: { a: '1' } }),
    pod({ nodeSelector: { b: '2', $patch: 'replace' } }),
    pod({ nodeSelector: { b: '2' } }),
  ],
  [
    'orders a list as it is told, what only the server has staying before what it was before',
    containers({ name: 'a' }, { name: 'x' }, { name: 'b' }),
    pod({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }),
    containers({ name: 'x' }, { name: 'b' }, { name: 'a' }),
  ],
  [
    'replaces a list without a merge key',
    containers({ name: 'a', args: ['1', '2'] }),
    containers({ name: 'a', args: ['3'] }),
    containers({ name: 'a', args: ['3'] }),
  ],
  [
    'keeps only what it retains',
    pod({ volumes: [{ name: 'v', emptyDir: {} }] }),
    pod({ volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] }),
    pod({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] }),
  ],
  [
    'takes items from a list of values, and adds to it',
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } },
    { metadata: { finalizers: ['c', 'b'] } },
  ],
  ['removes by null', pod({ nodeName: 'n', hostNetwork: true }), pod({ nodeName: null }), pod({ hostNetwork: true })],
])('a strategic merge patch %s', (_, object, patch, expected) => {
  expect(applyStrategicPatch(object, patch, schema)).toEqual(expected)
})

test.each<[string, object, string]>([
  ['without a merge key', containers({ image: 'x' }), 'map: map[image:x] does not contain declared merge key: name'],
  ['with an unknown directive', pod({ $patch: 'foo' }), 'unknown patch type: foo in map: map[$patch:foo]'],
  ['with keys it does not retain', pod({ $retainKeys: ['z'], nodeName: 'x' }), 'invalid patch format of retainKeys'],
])('a strategic merge patch %s is refused', (_, patch, message) => {
  expect(() => applyStrategicPatch(containers({ name: 'a' }), patch, schema)).toThrow(message)
})
