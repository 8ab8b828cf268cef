import { expect, test } from 'vitest'
import { parseFieldPath } from '../kube/field-path.ts'
import type { ManagedFieldsEntry, ObjectMetadata } from '../kube/object.ts'
import { attributeChange, type Trace } from './attribution.ts'

const LABEL = { 'f:metadata': { 'f:labels': { 'f:evil': {} } } }
const entry = (manager: string, over: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: LABEL,
  ...over,
})
const attribute = (entries: readonly ManagedFieldsEntry[], path = '/metadata/labels/evil'): string | undefined => {
  const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', managedFields: entries } }
  return attributeChange(live as ObjectMetadata, parseFieldPath(path))?.manager
}
const OURS = entry('lockstep', { operation: 'Apply', fieldsV1: {} })

test('the newest other owner of the field did it', () => {
  expect(attribute([OURS, entry('older'), entry('newer', { time: '2026-01-02T00:00:00Z' })])).toBe('newer')
})

test('a label that came through the status subresource was written by its owner', () => {
  expect(attribute([OURS, entry('somebody', { fieldsV1: {} }), entry('controller', { subresource: 'status' })])).toBe(
    'controller',
  )
})

test('who reports the status did not remove a field', () => {
  const reporter = entry('controller', { subresource: 'status', time: '2026-01-09T00:00:00Z' })
  expect(attribute([OURS, entry('somebody', { fieldsV1: {} }), reporter], '/metadata/labels/gone')).toBe('somebody')
})

test('what the server merged of more than ten managers is nobody’s', () => {
  expect(attribute([OURS, entry('ancient-changes')])).toBe('unknown (merged)')
})

const DATA = { 'f:data': { 'f:mode': {} } }
const MODE = parseFieldPath('/data/mode')
const writer = (manager: string, second: number) =>
  entry(manager, { time: `2026-01-01T00:00:0${second}Z`, fieldsV1: DATA })
const tell = (entries: readonly ManagedFieldsEntry[], trace: Trace) => {
  const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', managedFields: entries } }
  return attributeChange(live as ObjectMetadata, MODE, trace)
}

test('of two writers, the one whose entry was overwritten is told, too', () => {
  expect(tell([OURS, writer('second', 1)], [[OURS, writer('first', 1)]])).toMatchObject({
    manager: 'second',
    attributedBy: 'managedFields',
    writers: [{ manager: 'first' }, { manager: 'second' }],
  })
})

test('who took managed fields out is known from what the watch told before', () => {
  const trace = [[OURS, writer('first', 1)], [OURS, writer('second', 1)], []]

  expect(tell([], trace)).toMatchObject({
    manager: 'second',
    attributedBy: 'watch',
    writers: [{ manager: 'first' }, { manager: 'second' }],
  })
})

test('an entry that was forged to be ours does not hide who wrote it', () => {
  const forged = entry('lockstep', { operation: 'Apply', fieldsV1: DATA })

  expect(tell([forged], [[OURS, writer('first', 1)]])).toEqual({
    manager: 'first',
    operation: 'Update',
    changedAt: '2026-01-01T00:00:01Z',
    attributedBy: 'watch',
  })
})

test('whoever wrote other fields long ago is not taken for him', () => {
  const innocent = entry('innocent', { time: '2025-01-01T00:00:00Z' })

  expect(tell([innocent], [[OURS, innocent, writer('first', 1)], [innocent]])).toMatchObject({
    manager: 'first',
    attributedBy: 'watch',
  })
})

test('who removed the field after another one wrote it did it last', () => {
  const remover = entry('remover', { time: '2026-01-01T00:00:05Z' })

  expect(tell([OURS, remover], [[OURS, writer('first', 1)]])).toMatchObject({
    manager: 'remover',
    attributedBy: 'managedFields',
    writers: [{ manager: 'first' }, { manager: 'remover' }],
  })
})

test('owners of before our own write are not told', () => {
  const before = entry('before', { time: '2025-01-01T00:00:00Z', fieldsV1: DATA })

  expect(tell([OURS, writer('first', 1)], [[OURS, before, writer('first', 1)]])).not.toHaveProperty('writers')
})
