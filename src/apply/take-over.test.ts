import { expect, test } from 'vitest'
import { object } from '../kube/testing/object.ts'
import { computeTakeOver } from './take-over.ts'

const now = new Date('2026-01-02T03:04:05.678Z')
const live = object`
  apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    resourceVersion: "7"
    annotations: {meta.helm.sh/release-name: x, mine: kept}
    managedFields:
      - {manager: helm, operation: Update, apiVersion: apps/v1, fieldsV1: {"f:spec": {"f:replicas": {}}}}
      - {manager: kubectl-edit, operation: Update, apiVersion: apps/v1, fieldsV1: {"f:spec": {"f:paused": {}}}}
      - {manager: kube-controller-manager, operation: Update, apiVersion: apps/v1, subresource: status, fieldsV1: {"f:status": {}}}
      - {manager: operator, operation: Apply, apiVersion: apps/v1, fieldsV1: {"f:metadata": {}}}`

test('the fields of tools become ours, their marks go, and entries of others stay', () => {
  expect(computeTakeOver(live, { apiVersion: 'apps/v1', now })).toEqual([
    { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    { op: 'remove', path: '/metadata/annotations/meta.helm.sh~1release-name' },
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: [
        expect.objectContaining({ manager: 'kube-controller-manager' }),
        expect.objectContaining({ manager: 'operator' }),
        {
          manager: 'lockstep',
          operation: 'Apply',
          apiVersion: 'apps/v1',
          time: '2026-01-02T03:04:05Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } },
        },
      ],
    },
  ])
})

test('there is nothing to take over from nobody', () => {
  expect(
    computeTakeOver({ ...live, metadata: { name: 'web', resourceVersion: '7' } }, { apiVersion: 'apps/v1', now }),
  ).toBeUndefined()
})
