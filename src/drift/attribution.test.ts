import { expect, test } from 'vitest'
import { parseFieldPath } from '../kube/field-path.ts'
import type { ManagedFieldsEntry, ObjectMetadata } from '../kube/object.ts'
import { attributeChange } from './attribution.ts'

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
