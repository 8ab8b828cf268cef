import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const AGENT = 'daemonsets.apps/default/agent'
const SET = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
`

test('every node has a pod, also one that comes later', async () => {
  await using lab = await openLab()
  await lab.create(SET)
  await lab.pass(2)
  expect(lab.statusOf(AGENT)).toBe('Current')
  expect(lab.managersOf(AGENT)).toEqual(['kube-controller-manager status', 'kubectl'])

  await lab.create(`
apiVersion: v1
kind: Node
metadata: {name: late}
status: {allocatable: {cpu: "1", memory: 1Gi, pods: "10"}, capacity: {cpu: "1", memory: 1Gi, pods: "10"}}
`)
  await lab.pass(2)

  expect(lab.list('pods/default').map(({ spec }) => spec.nodeName)).toContain('late')
  expect(lab.get(AGENT)?.status).toEqual({
    observedGeneration: 1,
    currentNumberScheduled: 3,
    desiredNumberScheduled: 3,
    numberAvailable: 3,
    numberMisscheduled: 0,
    numberReady: 3,
    updatedNumberScheduled: 3,
  })
})

test('nodes that the pods do not bear, or do not choose, have none', async () => {
  await using lab = await openLab()
  await lab.patch('nodes/lab-node-1', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } })

  await lab.create(SET)
  await lab.pass(2)

  expect(lab.list('pods/default').map(({ spec }) => spec.nodeName)).toEqual(['lab-node-2'])
  expect(lab.statusOf(AGENT)).toBe('Current')
})

test('a new template replaces one pod after the other', async () => {
  await using lab = await openLab()
  await lab.create(SET)
  await lab.pass(2)

  const template = { spec: { containers: [{ name: 'agent', image: 'agent:2' }] } }
  await lab.patch(AGENT, { spec: { template } }, 'application/strategic-merge-patch+json')
  await lab.pass(0.05)
  expect(lab.list('pods/default').filter(({ metadata }) => metadata.deletionTimestamp)).toHaveLength(1)
  await lab.pass(5)

  expect(lab.list('pods/default').map(({ spec }) => spec.containers[0].image)).toEqual(['agent:2', 'agent:2'])
  expect(lab.statusOf(AGENT)).toBe('Current')
})
