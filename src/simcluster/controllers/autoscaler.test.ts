import { expect, test } from 'vitest'
import { openLab, type Seen } from './testing/open-lab.ts'

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
`
const toScaler = (target: string): string => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${target}}
  minReplicas: 3
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
`
const PATH = 'horizontalpodautoscalers.autoscaling/default/web'

test('a target is kept within its bounds, and its new size is of the controller', async () => {
  await using lab = await openLab()
  await lab.create(`${WEB}---${toScaler('web')}`)
  await lab.pass(2)
  expect(lab.get('deployments.apps/default/web')?.spec.replicas).toBe(3)
  expect(lab.managersOf('deployments.apps/default/web')).toEqual([
    'kube-controller-manager scale',
    'kube-controller-manager status',
    'kubectl',
  ])

  await lab.patch('deployments.apps/default/web', { spec: { replicas: 9 } })
  await lab.pass(2)

  expect(lab.get('deployments.apps/default/web')?.spec.replicas).toBe(5)
})

test('it says that nothing can be measured', async () => {
  await using lab = await openLab()
  await lab.create(`${WEB}---${toScaler('web')}`)
  await lab.pass(2)

  expect(lab.statusOf(PATH)).toBe('Current')
  expect(lab.get(PATH)?.status).toMatchObject({
    currentReplicas: 3,
    desiredReplicas: 3,
    currentMetrics: [{ type: '' }],
    conditions: [
      {
        type: 'AbleToScale',
        status: 'True',
        reason: 'SucceededGetScale',
        message: "the HPA controller was able to get the target's current scale",
      },
      {
        type: 'ScalingActive',
        status: 'False',
        reason: 'FailedGetResourceMetric',
        message:
          'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
      },
    ],
  })
})

test('a target that is not there cannot be scaled, and nothing is scaled from zero', async () => {
  await using lab = await openLab()
  await lab.create(toScaler('absent'))
  await lab.create(
    `${WEB.replace('name: web}', 'name: idle}').replace('replicas: 2', 'replicas: 0')}---${toScaler('idle').replace('name: web}', 'name: idle}')}`,
  )

  expect(lab.get(PATH)?.status.conditions).toMatchObject([
    {
      type: 'AbleToScale',
      status: 'False',
      reason: 'FailedGetScale',
      message: `the HPA controller was unable to get the target's current scale: deployments.apps "absent" not found`,
    },
  ])
  const { status } = lab.get('horizontalpodautoscalers.autoscaling/default/idle') as Seen
  expect(status).toMatchObject({ desiredReplicas: 0, conditions: [{}, { reason: 'ScalingDisabled' }] })
})
