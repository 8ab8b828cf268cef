import { expect, test } from 'vitest'
import { computeFingerprint } from '../inventory/fingerprint.ts'
import type { KubeObject } from '../kube/object.ts'
import { object } from '../kube/testing/object.ts'
import { computeVerdict, type Verdict } from './verdict.ts'

const deployment = object`
  apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
    uid: u1
    resourceVersion: "10"
    generation: 2
    managedFields:
      - {manager: lockstep, operation: Apply, apiVersion: apps/v1, time: "2026-01-01T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:replicas": {}}}}
  spec: {replicas: 1}`
const configMap = object`
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: c, namespace: shop, uid: u2, resourceVersion: "10"}`

const withMetadata = (live: KubeObject, metadata: object): KubeObject => ({
  ...live,
  metadata: { ...live.metadata, ...metadata },
})

test.each<[string, KubeObject, KubeObject | undefined, Verdict]>([
  ['is not in the list', deployment, undefined, 'unconfirmed'],
  ['is being deleted', deployment, withMetadata(deployment, { deletionTimestamp: 'now' }), 'terminating'],
  ['was not written since', deployment, deployment, 'untouched'],
  ['got a new status only', deployment, withMetadata(deployment, { resourceVersion: '11' }), 'settled'],
  ['got a new spec', deployment, withMetadata(deployment, { resourceVersion: '11', generation: 3 }), 'suspect'],
  [
    'has another entry of ours',
    deployment,
    withMetadata(deployment, { resourceVersion: '11', managedFields: [] }),
    'suspect',
  ],
  ['was made anew', deployment, withMetadata(deployment, { uid: 'u9' }), 'suspect'],
  ['has no generation to go by', configMap, withMetadata(configMap, { resourceVersion: '11' }), 'suspect'],
  [
    'is of a kind whose generation does not move',
    { ...deployment, kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1' },
    withMetadata(
      { ...deployment, kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1' },
      { resourceVersion: '11' },
    ),
    'suspect',
  ],
  [
    'is a custom resource with a new status',
    { ...deployment, kind: 'Issuer', apiVersion: 'cert-manager.io/v1' },
    withMetadata({ ...deployment, kind: 'Issuer', apiVersion: 'cert-manager.io/v1' }, { resourceVersion: '11' }),
    'settled',
  ],
])('an object that %s', (_, recorded, live, verdict) => {
  const fingerprint = computeFingerprint({ object: recorded, digest: 'd', revision: 'r', key: undefined })

  expect(computeVerdict(fingerprint, live)).toBe(verdict)
})

test('an object of which nothing is recorded has to be read', () => {
  expect(computeVerdict(undefined, deployment)).toBe('suspect')
})
