import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  coversPath,
  formatFieldPath,
  getAtPath,
  type PathSegment,
  parseFieldPath,
  toJsonPointer,
} from './field-path.ts'

const pod = {
  spec: { containers: [{ name: 'a', ports: [{ containerPort: 80 }] }, { name: 'b' }], hosts: ['x', 'y'] },
  metadata: { labels: { 'a/b~c': '1' } },
}

test.each([
  ['/spec/containers/[name=b]/name', 'b', '/spec/containers/1/name'],
  [
    '/spec/containers/[name=a]/ports/[containerPort=80,protocol=TCP]/containerPort',
    80,
    '/spec/containers/0/ports/0/containerPort',
  ],
  ['/spec/hosts/["y"]', 'y', '/spec/hosts/1'],
  ['/spec/hosts/0', 'x', '/spec/hosts/0'],
  ['/metadata/labels/a~1b~0c', '1', '/metadata/labels/a~1b~0c'],
])('finds %s', (text, value, pointer) => {
  const path = parseFieldPath(text)

  expect(getAtPath(pod, path)).toBe(value)
  expect(toJsonPointer(pod, path)).toBe(pointer)
  expect(formatFieldPath(path)).toBe(text)
})

test('finds nothing where there is nothing', () => {
  expect(toJsonPointer(pod, parseFieldPath('/spec/containers/[name=c]'))).toBeUndefined()
})

test.each([
  ['/spec/replicas', '/spec/replicas', true],
  ['/spec', '/spec/replicas', true],
  ['/spec/replicas', '/spec', false],
  ['/webhooks/*/clientConfig/caBundle', '/webhooks/[name=x]/clientConfig/caBundle', true],
  ['/spec/containers/[name=*]/image', '/spec/containers/[name=web]/image', true],
  ['/spec/containers/[name=web]/image', '/spec/containers/[name=db]/image', false],
  ['/data/8080', '/data/8080', true],
])('%s covers %s: %s', (pattern, path, covers) => {
  expect(coversPath(parseFieldPath(pattern), parseFieldPath(path))).toBe(covers)
})

test.each(['spec', '/spec/[name=a', '/[=]'])('refuses %s with an example', (text) => {
  expect(() => parseFieldPath(text)).toThrow(/is not a field path/)
})

test('parsing what was formatted gives the same path', () => {
  const key = fc.string({ minLength: 1 }).filter((text) => !/^(\d+|\*)$/.test(text) && !text.startsWith('['))
  const segment: fc.Arbitrary<PathSegment> = fc.oneof(
    key.map((name) => ({ type: 'key' as const, key: name })),
    fc.nat(100).map((index) => ({ type: 'index' as const, index })),
    fc.string().map((value) => ({ type: 'value' as const, value })),
    fc.string().map((value) => ({ type: 'item' as const, keys: { name: value } })),
  )

  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (path) => {
      expect(formatFieldPath(parseFieldPath(formatFieldPath(path)))).toBe(formatFieldPath(path))
    }),
  )
})
