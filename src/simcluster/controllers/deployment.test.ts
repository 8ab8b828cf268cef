import { expect, test } from 'vitest'
import { openLab, type Seen } from './testing/open-lab.ts'

const toDeployment = (image: string, extra = ''): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  ${extra}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "${image}"}]}
`
const WEB = 'deployments.apps/default/web'
const IMAGE = (image: string): object => ({ spec: { template: { spec: { containers: [{ name: 'web', image }] } } } })

test('a Deployment becomes available, as the controllers of a real cluster leave it', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1'))
  expect(lab.statusOf(WEB)).toBe('InProgress')

  await lab.pass(2)

  expect(lab.statusOf(WEB)).toBe('Current')
  expect(lab.managersOf(WEB)).toEqual(['kube-controller-manager status', 'kubectl'])
  const { metadata, status } = lab.get(WEB) as Seen
  expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' })
  const [set] = lab.list('replicasets.apps/default')
  expect(status).toMatchObject({
    observedGeneration: 1,
    replicas: 4,
    updatedReplicas: 4,
    readyReplicas: 4,
    availableReplicas: 4,
    terminatingReplicas: 0,
    conditions: [
      {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      },
      {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
      },
    ],
  })
  expect(set?.metadata.annotations).toEqual({
    'deployment.kubernetes.io/desired-replicas': '4',
    'deployment.kubernetes.io/max-replicas': '5',
    'deployment.kubernetes.io/revision': '1',
  })
  const [pod] = lab.list('pods/default')
  expect(pod?.metadata.name).toMatch(new RegExp(`^${set?.metadata.name}-[a-z0-9]{5}$`))
})

test('a new image is rolled out without ever missing more pods than allowed', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1', 'strategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}'))
  await lab.pass(2)

  await lab.patch(WEB, IMAGE('web:2'), 'application/strategic-merge-patch+json')
  const seen: number[] = []
  for (let step = 0; step < 60; step++) {
    await lab.pass(0.05)
    seen.push(lab.list('pods/default').filter((pod) => pod.status.conditions?.[1]?.status === 'True').length)
  }

  expect(Math.min(...seen)).toBeGreaterThanOrEqual(3)
  expect(lab.statusOf(WEB)).toBe('Current')
  expect(lab.list('pods/default').map((pod) => pod.spec.containers[0].image)).toEqual(Array(4).fill('web:2'))
  expect(
    lab
      .list('replicasets.apps/default')
      .map((set) => set.spec.replicas)
      .sort(),
  ).toEqual([0, 4])
  expect(lab.get(WEB)?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' })
})

test('going back to an earlier template takes up its set again', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1'))
  await lab.pass(2)
  await lab.patch(WEB, IMAGE('web:2'), 'application/strategic-merge-patch+json')
  await lab.pass(5)

  await lab.patch(WEB, IMAGE('web:1'), 'application/strategic-merge-patch+json')
  await lab.pass(5)

  const sets = lab.list('replicasets.apps/default')
  expect(sets).toHaveLength(2)
  expect(sets.find((set) => set.spec.replicas === 4)?.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  })
})

test('Recreate stops all old pods before it starts new ones', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1', 'strategy: {type: Recreate}'))
  await lab.pass(2)

  await lab.patch(WEB, IMAGE('web:2'), 'application/strategic-merge-patch+json')
  const both: boolean[] = []
  for (let step = 0; step < 40; step++) {
    both.push(new Set(lab.list('pods/default').map((pod) => pod.spec.containers[0].image)).size > 1)
    await lab.pass(0.05)
  }

  expect(both).not.toContain(true)
  expect(lab.statusOf(WEB)).toBe('Current')
})

test('a paused Deployment is scaled, but not rolled out', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1'))
  await lab.pass(2)

  await lab.patch(WEB, { spec: { paused: true } })
  await lab.patch(
    WEB,
    { spec: { replicas: 2, ...(IMAGE('web:2') as { spec: object }).spec } },
    'application/strategic-merge-patch+json',
  )
  await lab.pass(2)

  expect(lab.list('pods/default').map((pod) => pod.spec.containers[0].image)).toEqual(['web:1', 'web:1'])
})

test('a rollout without progress fails after its deadline', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:never-ready', 'progressDeadlineSeconds: 60'))
  await lab.pass(50)
  expect(lab.statusOf(WEB)).toBe('InProgress')

  await lab.pass(20)

  expect(lab.statusOf(WEB)).toBe('Failed')
  expect(lab.get(WEB)?.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }),
  )
})

test('a pod that somebody deletes comes back under another name', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1'))
  await lab.pass(2)
  const [first] = lab.list('pods/default')

  await lab.delete(`pods/default/${first?.metadata.name}`)
  await lab.pass(2)

  expect(lab.list('pods/default')).toHaveLength(4)
  expect(lab.get(`pods/default/${first?.metadata.name}`)).toBeUndefined()
})

test('a pod whose labels are changed is let go, and taken back with its labels', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1'))
  await lab.pass(2)
  const path = `pods/default/${lab.list('pods/default')[0]?.metadata.name}`

  await lab.patch(path, { metadata: { labels: { app: 'other' } } })
  await lab.pass(2)
  expect(lab.get(path)?.metadata.ownerReferences).toBeUndefined()
  expect(lab.list('pods/default')).toHaveLength(5)

  await lab.patch(path, { metadata: { labels: { app: 'web' } } })
  await lab.pass(2)
  expect(lab.list('pods/default')).toHaveLength(4)
})

test('pods count as available only after they were ready for as long as asked', async () => {
  await using lab = await openLab()
  await lab.create(toDeployment('web:1', 'minReadySeconds: 30'))
  await lab.pass(20)
  expect(lab.get(WEB)?.status).toMatchObject({ readyReplicas: 4, unavailableReplicas: 4 })

  await lab.pass(20)

  expect(lab.statusOf(WEB)).toBe('Current')
})
