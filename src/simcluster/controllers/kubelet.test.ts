import { expect, test } from 'vitest'
import { openLab, type Seen } from './testing/open-lab.ts'

const toPod = (name: string, spec: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {${spec}}
`

test('a pod gets a node, an address, and ready', async () => {
  await using lab = await openLab()
  await lab.create(toPod('web', 'containers: [{name: main, image: web}], initContainers: [{name: first, image: init}]'))
  expect(lab.statusOf('pods/default/web')).toBe('InProgress')

  await lab.pass(1)

  expect(lab.statusOf('pods/default/web')).toBe('Current')
  expect(lab.managersOf('pods/default/web')).toEqual(['kubectl', 'kubelet status'])
  const { spec, status } = lab.get('pods/default/web') as Seen
  expect(spec.nodeName).toMatch(/^lab-node-[12]$/)
  expect(status).toMatchObject({ phase: 'Running', podIP: '10.0.0.1', hostIP: '127.0.0.1', qosClass: 'BestEffort' })
  const isTrue = (type: string): boolean =>
    status.conditions.some((each: { type: string; status: string }) => each.type === type && each.status === 'True')
  expect(['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].filter(isTrue)).toHaveLength(4)
})

test('a container whose image is tagged never-ready runs and is not ready', async () => {
  await using lab = await openLab()
  await lab.create(toPod('web', 'containers: [{name: main, image: "web:never-ready"}]'))

  await lab.pass(3_600)

  expect(lab.get('pods/default/web')?.status).toMatchObject({
    phase: 'Running',
    containerStatuses: [{ name: 'main', ready: false, started: true }],
  })
  expect(lab.statusOf('pods/default/web')).toBe('InProgress')
})

test('a pod that is not to be restarted ends well', async () => {
  await using lab = await openLab()
  await lab.create(toPod('task', 'restartPolicy: Never, containers: [{name: main, image: task}]'))

  await lab.pass(2)

  expect(lab.get('pods/default/task')?.status.phase).toBe('Succeeded')
  expect(lab.statusOf('pods/default/task')).toBe('Current')
})

test('a pod for which there is no room says so, and starts when there is', async () => {
  await using lab = await openLab()
  await lab.create(toPod('huge', 'containers: [{name: main, image: huge, resources: {requests: {cpu: "200"}}}]'))
  await lab.pass(5)
  expect(lab.get('pods/default/huge')?.status).toMatchObject({
    phase: 'Pending',
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message:
          '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
      },
    ],
  })

  await lab.create(`
apiVersion: v1
kind: Node
metadata: {name: large}
status: {allocatable: {cpu: "400", memory: 1Ti, pods: "10"}, capacity: {cpu: "400", memory: 1Ti, pods: "10"}}
`)
  await lab.pass(2)

  expect(lab.get('pods/default/huge')?.spec.nodeName).toBe('large')
})

test('pods that keep away from each other are put on different nodes', async () => {
  await using lab = await openLab()
  const apart = `metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: web}]
      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}`
  await lab.create(`
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    ${apart}
`)
  await lab.pass(2)

  expect(
    lab
      .list('pods/default')
      .map(({ spec }) => spec.nodeName)
      .sort(),
  ).toEqual(['lab-node-1', 'lab-node-2', undefined])
})

test('a deleted pod stops within its time of grace, unless a finalizer holds it', async () => {
  await using lab = await openLab()
  await lab.create(toPod('web', 'containers: [{name: main, image: web}]'))
  await lab.create(
    toPod('held', 'containers: [{name: main, image: web}]').replace(
      '{name: held}',
      '{name: held, finalizers: [example.com/hold]}',
    ),
  )
  await lab.pass(1)

  await lab.delete('pods/default/web')
  await lab.delete('pods/default/held')
  expect(lab.get('pods/default/web')?.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 })
  await lab.pass(1)

  expect(lab.get('pods/default/web')).toBeUndefined()
  expect(lab.statusOf('pods/default/held')).toBe('Terminating')
})

test('a node says that it is well', async () => {
  await using lab = await openLab()

  expect(lab.statusOf('nodes/lab-node-1')).toBe('Current')
  expect(lab.get('nodes/lab-node-1')?.status).toMatchObject({
    allocatable: { cpu: '100', pods: '10k' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }, {}, {}, {}, {}],
  })
})
