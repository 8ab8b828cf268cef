import { expect, test } from 'vitest'
import { createPool } from '../base/pool.ts'
import { computeVerdict } from '../drift/verdict.ts'
import { COMPONENT_LABEL, PART_OF_LABEL, toApplySetId } from '../inventory/apply-set.ts'
import { compactEntry } from '../inventory/compact-entry.ts'
import { computeFingerprint } from '../inventory/fingerprint.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import { type KubeObject, type ObjectMetadata, toRef } from '../kube/object.ts'
import { object } from '../kube/testing/object.ts'
import { findTracker } from '../plan/ownership.ts'
import { compactMetadata, isWordy } from './compact-metadata.ts'

const live = object`
  apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
    uid: u1
    resourceVersion: "10"
    generation: 2
    labels: {app: web}
    annotations: {note: "1"}
    managedFields:
      - {manager: lockstep, operation: Apply, apiVersion: apps/v1, time: "2026-01-01T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:replicas": {}}}}
      - {manager: kubectl, operation: Update, apiVersion: apps/v1, time: "2026-01-02T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:paused": {}}}}
  spec: {replicas: 1}`

const toEntry = (recorded: KubeObject): InventoryEntry => ({
  ref: toRef(recorded),
  apiVersion: recorded.apiVersion,
  uid: recorded.metadata.uid ?? '',
  fingerprint: computeFingerprint({ object: recorded, digest: 'd', revision: 'r', key: undefined }),
})
const toMetadata = ({ apiVersion, kind, metadata }: KubeObject): ObjectMetadata => ({ apiVersion, kind, metadata })
const withMetadata = (changed: object): KubeObject => ({ ...live, metadata: { ...live.metadata, ...changed } })

test('an entry says the same when it is compact, and shares what another cluster has', () => {
  const pool = createPool()
  const first = compactEntry(toEntry(live), pool)
  const second = compactEntry(toEntry(withMetadata({ uid: 'u2', resourceVersion: '77' })), pool)

  expect(first).toEqual(toEntry(live))
  expect(second.ref).toBe(first.ref)
  expect(second.fingerprint?.seen).toBe(first.fingerprint?.seen)
  expect(second.fingerprint?.resourceVersion).toBe('77')
})

test('of an object that is as recorded, the fields of managers are left out, and what is decided from it stays', () => {
  const entry = toEntry(live)
  const kept = compactMetadata(toMetadata(live), entry, createPool())
  const { managedFields: _, ...metadata } = live.metadata

  expect(isWordy(live)).toBe(true)
  expect(isWordy(kept)).toBe(false)
  expect(kept.metadata).toEqual({
    ...metadata,
    managedFields: [{ manager: 'lockstep', operation: 'Apply', apiVersion: 'apps/v1' }],
  })
  expect(computeVerdict(entry.fingerprint, kept)).toBe('untouched')
})

test('what was left out never passes for the fields that a later record has', () => {
  const kept = compactMetadata(toMetadata(live), toEntry(live), createPool())
  const { fingerprint: later } = toEntry(withMetadata({ resourceVersion: '11' }))
  const { fingerprint: unowned } = toEntry(withMetadata({ resourceVersion: '11', managedFields: [] }))

  expect(computeVerdict(later, kept)).toBe('suspect')
  expect(computeVerdict(unowned, kept)).toBe('suspect')
})

test('whose it is can still be told from what stays', () => {
  const labels = { [PART_OF_LABEL]: toApplySetId('shop'), [COMPONENT_LABEL]: 'shop' }
  const ours = withMetadata({ labels })
  const kept = compactMetadata(toMetadata(ours), toEntry(ours), createPool())

  expect(findTracker(kept)).toEqual({ type: 'component', component: 'shop' })
})

test('an object that was written since keeps all of it', () => {
  const touched = withMetadata({ resourceVersion: '11' })
  const kept = compactMetadata(toMetadata(touched), toEntry(live), createPool())

  expect(kept).toEqual(toMetadata(touched))
  expect(computeVerdict(toEntry(live).fingerprint, kept)).toBe('settled')
})

test('objects that nobody recorded share what is equal', () => {
  const pool = createPool()
  const first = compactMetadata(toMetadata(live), undefined, pool)
  const second = compactMetadata(toMetadata(withMetadata({ name: 'other' })), undefined, pool)

  expect(first).toEqual(toMetadata(live))
  expect(second.metadata.labels).toBe(first.metadata.labels)
  expect(second.metadata.managedFields?.[0]?.fieldsV1).toBe(first.metadata.managedFields?.[0]?.fieldsV1)
})
