import { expect, test } from 'vitest'
import { parseFieldPath } from './field-path.ts'
import { collectListKeys, findOwners, hashEntry, mergeFieldSets } from './managed-fields.ts'

const entry = {
  manager: 'kubectl',
  operation: 'Update',
  fieldsV1: {
    'f:spec': {
      'f:containers': {
        'k:{"name":"web"}': {
          '.': {},
          'f:image': {},
          'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {} } },
        },
      },
      'f:args': {},
    },
    'f:metadata': { 'f:finalizers': { 'v:"a/b"': {} } },
  },
}

test('list keys are what ownership shows of them', () => {
  expect(collectListKeys([entry])).toEqual({
    '/spec/containers': ['name'],
    '/spec/containers/*/ports': ['containerPort', 'protocol'],
    '/metadata/finalizers': [],
  })
})

test.each([
  ['/spec/containers/[name=web]/image', true],
  ['/spec/containers/[name=web]', true],
  ['/spec/containers/[name=db]', false],
  ['/spec/containers/[name=web]/ports/[containerPort=80,protocol=TCP]', true],
  ['/spec/args/3', true],
  ['/metadata/finalizers/["a/b"]', true],
  ['/spec/replicas', false],
])('%s is owned: %s', (path, owned) => {
  expect(findOwners([entry], parseFieldPath(path))).toEqual(owned ? [entry] : [])
})

test('an entry has another hash once it owns something else or at another time', () => {
  expect(hashEntry(entry)).toBe(hashEntry({ ...entry, manager: 'other' }))
  expect(hashEntry(entry)).not.toBe(hashEntry({ ...entry, time: '2026-01-01T00:00:00Z' }))
  expect(hashEntry(entry)).not.toBe(hashEntry({ ...entry, fieldsV1: {} }))
})

test('merged field sets own what either owned', () => {
  expect(mergeFieldSets({ 'f:a': { 'f:b': {} } }, { 'f:a': { 'f:c': {} }, 'f:d': {} })).toEqual({
    'f:a': { 'f:b': {}, 'f:c': {} },
    'f:d': {},
  })
})
