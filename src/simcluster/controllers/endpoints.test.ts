import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const PODS = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]}
`
const toService = (name: string, spec: string): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, labels: {tier: back}}
spec: {${spec}}
`
const SELECTED = 'selector: {app: db}, ports: [{name: sql, port: 80, targetPort: sql}]'

test('a Service leads to the pods that are ready', async () => {
  await using lab = await openLab()
  await lab.create(`${PODS}---${toService('db', `clusterIP: None, ${SELECTED}`)}`)
  await lab.pass(2)

  const [slice] = lab.list('endpointslices.discovery.k8s.io/default')
  expect(slice).toMatchObject({
    metadata: {
      generateName: 'db-',
      labels: {
        tier: 'back',
        'kubernetes.io/service-name': 'db',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'service.kubernetes.io/headless': '',
      },
      ownerReferences: [{ kind: 'Service', name: 'db', controller: true }],
    },
    addressType: 'IPv4',
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [
      {
        conditions: { ready: true, serving: true, terminating: false },
        hostname: 'db-0',
        targetRef: { kind: 'Pod', name: 'db-0', namespace: 'default' },
      },
      { hostname: 'db-1' },
    ],
  })
  expect(lab.managersOf('endpoints/default/db')).toEqual(['kube-controller-manager'])
  expect(lab.get('endpoints/default/db')?.subsets).toMatchObject([
    { addresses: [{ hostname: 'db-0' }, { hostname: 'db-1' }], ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] },
  ])
})

test('pods that are not ready are told apart', async () => {
  await using lab = await openLab()
  await lab.create(`${PODS.replace('image: db', 'image: "db:never-ready"')}---${toService('db', SELECTED)}`)
  await lab.pass(2)

  const [slice] = lab.list('endpointslices.discovery.k8s.io/default')
  expect(slice?.endpoints[0].conditions).toEqual({ ready: false, serving: false, terminating: false })
  expect(lab.get('endpoints/default/db')?.subsets[0]).toMatchObject({ notReadyAddresses: [{}] })
})

test('a Service without pods has an empty slice, one without a selector none', async () => {
  await using lab = await openLab()
  await lab.create(toService('empty', 'selector: {app: none}, ports: [{port: 80}]'))
  await lab.create(toService('manual', 'ports: [{port: 80}]'))
  await lab.create(toService('away', 'type: ExternalName, externalName: example.com'))

  const names = lab.list('endpointslices.discovery.k8s.io/default').map(({ metadata }) => metadata.generateName)
  expect(names).toEqual(['empty-'])
  expect(lab.get('endpoints/default/manual')).toBeUndefined()
})

test('slices and Endpoints go with their Service', async () => {
  await using lab = await openLab()
  await lab.create(`${PODS}---${toService('db', SELECTED)}`)
  await lab.pass(2)

  await lab.delete('services/default/db')

  expect(lab.list('endpointslices.discovery.k8s.io/default')).toEqual([])
  expect(lab.get('endpoints/default/db')).toBeUndefined()
})

test('nothing is written where nothing changes', async () => {
  await using lab = await openLab()
  await lab.create(`${PODS}---${toService('db', SELECTED)}`)
  await lab.pass(2)
  const before = lab.get('endpoints/default/db')?.metadata.resourceVersion

  await lab.patch('pods/default/db-0', { metadata: { annotations: { note: 'changed' } } })

  expect(lab.get('endpoints/default/db')?.metadata.resourceVersion).toBe(before)
})
