import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n'
const toMap = (name: string, extra = ''): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: shop${extra}}
`

test('a namespace gets an account and the certificate of the server, and gets them again', async () => {
  await using lab = await openLab()
  await lab.create(NAMESPACE)
  expect(lab.get('configmaps/shop/kube-root-ca.crt')).toMatchObject({
    metadata: { annotations: { 'kubernetes.io/description': expect.stringContaining('CA bundle') } },
    data: { 'ca.crt': expect.stringContaining('BEGIN CERTIFICATE') },
  })
  expect(lab.managersOf('configmaps/shop/kube-root-ca.crt')).toEqual(['kube-controller-manager'])

  await lab.delete('serviceaccounts/shop/default')
  await lab.patch('configmaps/shop/kube-root-ca.crt', { data: { 'ca.crt': 'forged' } })

  expect(lab.get('serviceaccounts/shop/default')).toBeDefined()
  expect(lab.get('configmaps/shop/kube-root-ca.crt')?.data['ca.crt']).toContain('BEGIN CERTIFICATE')
})

test('a namespace goes with all that is in it, pods first', async () => {
  await using lab = await openLab()
  await lab.create(`${NAMESPACE}---${toMap('settings')}---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
`)
  await lab.pass(2)

  await lab.delete('namespaces/shop')
  expect(lab.statusOf('namespaces/shop')).toBe('Terminating')
  await lab.pass(2)

  expect(lab.get('namespaces/shop')).toBeUndefined()
  for (const resource of ['configmaps', 'pods', 'deployments.apps', 'replicasets.apps', 'serviceaccounts'])
    expect(lab.list(`${resource}/shop`)).toEqual([])
})

test('a namespace is held by the finalizers of its content, and says so', async () => {
  await using lab = await openLab()
  await lab.create(`${NAMESPACE}---${toMap('held', ', finalizers: [example.com/hold]')}`)

  await lab.delete('namespaces/shop')
  await lab.pass(30)
  expect(lab.get('namespaces/shop')?.status).toMatchObject({
    phase: 'Terminating',
    conditions: [
      { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', reason: 'ResourcesDiscovered' },
      { type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False', reason: 'ParsedGroupVersions' },
      { type: 'NamespaceDeletionContentFailure', status: 'False', reason: 'ContentDeleted' },
      {
        type: 'NamespaceContentRemaining',
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: 'Some resources are remaining: configmaps. has 1 resource instances',
      },
      {
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        reason: 'SomeFinalizersRemain',
        message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      },
    ],
  })

  await lab.patch('configmaps/shop/held', { metadata: { finalizers: null } })
  expect(lab.get('namespaces/shop')).toBeUndefined()
})

test('an API that nobody serves stops deletions of namespaces', async () => {
  await using lab = await openLab()
  await lab.create(`${NAMESPACE}---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.gone.io}
spec: {group: gone.io, version: v1, groupPriorityMinimum: 100, versionPriority: 10, service: {name: nowhere, namespace: shop}}
`)
  expect(lab.get('apiservices.apiregistration.k8s.io/v1.gone.io')?.status.conditions).toMatchObject([
    {
      type: 'Available',
      status: 'False',
      reason: 'ServiceNotFound',
      message: 'service/nowhere in "shop" is not present',
    },
  ])

  await lab.delete('namespaces/shop')
  await lab.pass(30)
  expect(lab.get('namespaces/shop')?.status.conditions[0]).toMatchObject({
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'True',
    reason: 'DiscoveryFailed',
  })

  await lab.delete('apiservices.apiregistration.k8s.io/v1.gone.io')
  await lab.pass(600)
  expect(lab.get('namespaces/shop')).toBeUndefined()
})
