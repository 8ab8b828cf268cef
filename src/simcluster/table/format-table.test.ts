import { expect, test } from 'vitest'
import { openLab } from '../controllers/testing/open-lab.ts'
import { formatSpan } from './format-age.ts'

const OBJECTS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.7, selector: {app: web}, ports: [{port: 80}, {port: 443, protocol: TCP, name: tls}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: task}]}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.io}
spec:
  group: shop.io
  names: {plural: carts, singular: cart, kind: Cart, listKind: CartList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
      additionalPrinterColumns:
        - {name: Size, type: integer, jsonPath: .spec.size}
        - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
        - {name: Since, type: date, jsonPath: .metadata.creationTimestamp, priority: 1}
---
apiVersion: shop.io/v1
kind: Cart
metadata: {name: one}
spec: {size: 3}
status: {conditions: [{type: Synced, status: "False"}, {type: Ready, status: "True"}]}
`

/** The first row of a table, by column. */
type Table = { columnDefinitions: { name: string }[]; rows: { cells: unknown[]; object?: { kind: string } }[] }

test('lists come as tables where that is wanted, as the server prints them', async () => {
  await using lab = await openLab()
  await lab.create(OBJECTS)
  await lab.pass(90)
  const read = (path: string, include = 'Metadata'): Table => {
    const answer = lab.cluster.requestInside({
      method: 'GET',
      path,
      query: new URLSearchParams({ includeObject: include }),
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
      body: '',
      user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
    })
    return JSON.parse(answer.body as string)
  }
  const readFirst = (path: string): object => {
    const { columnDefinitions, rows } = read(path)
    return Object.fromEntries(columnDefinitions.map(({ name }, at) => [name, rows[0]?.cells[at]]))
  }

  expect(readFirst('/apis/apps/v1/namespaces/default/deployments')).toEqual({
    Name: 'web',
    Ready: '2/2',
    'Up-to-date': 2,
    Available: 2,
    Age: '90s',
    Containers: 'web',
    Images: 'web:1',
    Selector: 'app=web',
  })
  expect(readFirst('/api/v1/namespaces/default/services/web')).toEqual({
    Name: 'web',
    Type: 'ClusterIP',
    'Cluster-IP': '10.96.0.7',
    'External-IP': '<none>',
    'Port(s)': '80/TCP,443/TCP',
    Age: '90s',
    Selector: 'app=web',
  })
  expect(readFirst('/apis/batch/v1/namespaces/default/jobs')).toMatchObject({ Status: 'Complete', Completions: '1/1' })
  expect(readFirst('/api/v1/namespaces/default/pods')).toMatchObject({ Ready: '0/1', Status: 'Completed' })
  expect(readFirst('/apis/shop.io/v1/namespaces/default/carts')).toEqual({
    Name: 'one',
    Size: 3,
    Ready: 'True',
    Since: '90s',
  })
  expect(readFirst('/api/v1/nodes')).toMatchObject({ Status: 'Ready', Roles: '<none>', Version: 'v1.36.3' })
  expect(read('/api/v1/nodes').rows[0]?.object?.kind).toBe('PartialObjectMetadata')
  expect(read('/api/v1/nodes', 'Object').rows[0]?.object?.kind).toBe('Node')
  expect(read('/api/v1/nodes', 'None').rows[0]?.object).toBeUndefined()
})

test.each([
  [5_000, '5s'],
  [119_000, '119s'],
  [330_000, '5m30s'],
  [3_600_000, '60m'],
  [4 * 3_600_000, '4h'],
  [30 * 3_600_000, '30h'],
  [75 * 3_600_000, '3d3h'],
  [20 * 24 * 3_600_000, '20d'],
  [900 * 24 * 3_600_000, '2y170d'],
])('%d ms are %s', (ms, told) => {
  expect(formatSpan(ms)).toBe(told)
})
