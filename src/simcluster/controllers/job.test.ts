import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const JOB = 'jobs.batch/default/once'
const toJob = (extra = '', image = 'busybox'): string => `
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  ${extra}
  template: {spec: {restartPolicy: Never, containers: [{name: main, image: "${image}"}]}}
`

test('a Job runs to its end, as on a real cluster', async () => {
  await using lab = await openLab()
  await lab.create(toJob())
  await lab.pass(0.1)
  expect(lab.get(JOB)?.status).toMatchObject({ active: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} })
  expect(lab.statusOf(JOB)).toBe('Current')

  await lab.pass(2)

  expect(lab.managersOf(JOB)).toEqual(['kube-controller-manager status', 'kubectl'])
  const message = 'Reached expected number of succeeded pods'
  expect(lab.get(JOB)?.status).toMatchObject({
    succeeded: 1,
    ready: 0,
    terminating: 0,
    completionTime: expect.any(String),
    startTime: '2026-01-01T00:00:00Z',
    conditions: [
      { type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached', message },
      { type: 'Complete', status: 'True', reason: 'CompletionsReached', message },
    ],
  })
  const [pod] = lab.list('pods/default')
  expect(pod?.metadata.finalizers).toBeUndefined()
  expect(pod?.status.phase).toBe('Succeeded')
})

test('completions of an indexed Job are told apart', async () => {
  await using lab = await openLab()
  await lab.create(toJob('completionMode: Indexed\n  completions: 4\n  parallelism: 2'))
  await lab.pass(0.1)
  expect(lab.list('pods/default')).toHaveLength(2)

  await lab.pass(5)

  expect(lab.get(JOB)?.status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' })
})

test('a Job that waits starts when it is told to', async () => {
  await using lab = await openLab()
  await lab.create(toJob('suspend: true'))
  await lab.pass(5)
  expect(lab.list('pods/default')).toEqual([])
  expect(lab.get(JOB)?.status.conditions).toMatchObject([{ type: 'Suspended', status: 'True', reason: 'JobSuspended' }])

  await lab.patch(JOB, { spec: { suspend: false } })
  await lab.pass(5)

  expect(lab.get(JOB)?.status).toMatchObject({ succeeded: 1 })
})

test('a Job fails at its deadline', async () => {
  await using lab = await openLab()
  await lab.create(toJob('activeDeadlineSeconds: 60', 'busybox:never-ready'))

  await lab.pass(70)

  expect(lab.statusOf(JOB)).toBe('Failed')
  expect(lab.get(JOB)?.status.conditions).toMatchObject([
    { type: 'FailureTarget', reason: 'DeadlineExceeded' },
    { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' },
  ])
  expect(lab.list('pods/default')).toEqual([])
})

test('a Job goes some time after its end, with its pods', async () => {
  await using lab = await openLab()
  await lab.create(toJob('ttlSecondsAfterFinished: 30'))
  await lab.pass(10)
  expect(lab.get(JOB)).toBeDefined()

  await lab.pass(40)

  expect(lab.get(JOB)).toBeUndefined()
  expect(lab.list('pods/default')).toEqual([])
})
