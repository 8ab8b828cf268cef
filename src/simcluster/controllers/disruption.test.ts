import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const toBudget = (spec: string): string => `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {${spec}, selector: {matchLabels: {app: web}}}
`
const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
`
const PATH = 'poddisruptionbudgets.policy/default/web'

test.each([
  ['minAvailable: 3', { disruptionsAllowed: 1, currentHealthy: 4, desiredHealthy: 3, expectedPods: 4 }],
  ['minAvailable: 100%', { disruptionsAllowed: 0, currentHealthy: 4, desiredHealthy: 4, expectedPods: 4 }],
  ['maxUnavailable: 50%', { disruptionsAllowed: 2, currentHealthy: 4, desiredHealthy: 2, expectedPods: 4 }],
])('a budget with %s counts pods', async (spec, counts) => {
  await using lab = await openLab()
  await lab.create(`${WEB}---${toBudget(spec)}`)

  await lab.pass(2)

  expect(lab.get(PATH)?.status).toMatchObject({ ...counts, observedGeneration: 1 })
  expect(lab.managersOf(PATH)).toEqual(['kube-controller-manager status', 'kubectl'])
  expect(lab.statusOf(PATH)).toBe('Current')
})

test('a budget says that nothing may be disturbed while pods are not ready', async () => {
  await using lab = await openLab()
  await lab.create(`${WEB.replace('image: web', 'image: "web:never-ready"')}---${toBudget('minAvailable: 1')}`)

  await lab.pass(2)

  expect(lab.get(PATH)?.status).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', observedGeneration: 1 }],
  })
})
