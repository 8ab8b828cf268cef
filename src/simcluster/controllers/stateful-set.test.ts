import { expect, test } from 'vitest'
import { openLab, type Seen } from './testing/open-lab.ts'

const DB = 'statefulsets.apps/default/db'
const SET = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1"}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
`
const readNames = (objects: readonly { metadata: { name: string } }[]): string[] =>
  objects.map(({ metadata }) => metadata.name)

test('pods start one after the other, each with its claim', async () => {
  await using lab = await openLab()
  await lab.create(SET)
  await lab.pass(0.35)
  expect(readNames(lab.list('pods/default'))).toEqual(['db-0', 'db-1'])

  await lab.pass(2)

  expect(readNames(lab.list('pods/default'))).toEqual(['db-0', 'db-1', 'db-2'])
  expect(readNames(lab.list('persistentvolumeclaims/default'))).toEqual(['data-db-0', 'data-db-1', 'data-db-2'])
  expect(lab.statusOf(DB)).toBe('Current')
  expect(lab.managersOf(DB)).toEqual(['kube-controller-manager status', 'kubectl'])
  const { status } = lab.get(DB) as Seen
  expect(status).toEqual({
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    currentRevision: status.updateRevision,
    updateRevision: expect.stringMatching(/^db-/),
    collisionCount: 0,
  })
  expect(lab.get('pods/default/db-1')).toMatchObject({
    metadata: {
      labels: {
        app: 'db',
        'apps.kubernetes.io/pod-index': '1',
        'controller-revision-hash': status.updateRevision,
        'statefulset.kubernetes.io/pod-name': 'db-1',
      },
    },
    spec: { hostname: 'db-1', subdomain: 'db' },
  })
})

test('a new template is rolled out from the last pod down, as far as the partition', async () => {
  await using lab = await openLab()
  await lab.create(SET)
  await lab.pass(5)

  const template = { spec: { containers: [{ name: 'db', image: 'db:2' }] } }
  const updateStrategy = { rollingUpdate: { partition: 1 } }
  await lab.patch(DB, { spec: { template, updateStrategy } }, 'application/strategic-merge-patch+json')
  await lab.pass(10)

  const readImages = (): string[] => lab.list('pods/default').map((pod) => pod.spec.containers[0].image)
  expect(readImages()).toEqual(['db:1', 'db:2', 'db:2'])
  expect(lab.statusOf(DB)).toBe('Current')

  await lab.patch(DB, { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } })
  await lab.pass(10)
  expect(readImages()).toEqual(['db:2', 'db:2', 'db:2'])
  expect(lab.list('controllerrevisions.apps/default')).toHaveLength(2)
})

test('fewer replicas stop the last pods, and their claims stay', async () => {
  await using lab = await openLab()
  await lab.create(SET)
  await lab.pass(5)

  await lab.patch(DB, { spec: { replicas: 1 } })
  await lab.pass(5)

  expect(readNames(lab.list('pods/default'))).toEqual(['db-0'])
  expect(lab.list('persistentvolumeclaims/default')).toHaveLength(3)
  expect(lab.statusOf(DB)).toBe('Current')
})

test('a pod that does not get ready holds the others up, unless they are managed in parallel', async () => {
  await using lab = await openLab()
  await lab.create(SET.replace('db:1', 'db:never-ready'))
  await lab.create(
    SET.replace('name: db}', 'name: eager}')
      .replace('replicas', 'podManagementPolicy: Parallel\n  replicas')
      .replaceAll('app: db', 'app: eager')
      .replace('db:1', 'db:never-ready'),
  )

  await lab.pass(30)

  expect(readNames(lab.list('pods/default'))).toEqual(['db-0', 'eager-0', 'eager-1', 'eager-2'])
  expect(lab.statusOf(DB)).toBe('InProgress')
})
