import { expect, test } from 'vitest'
import { computeNextTime, parseCron } from './cron-schedule.ts'
import { openLab } from './testing/open-lab.ts'

const TICK = 'cronjobs.batch/default/tick'
const CRON = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "*/5 * * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}}}
`

test('a Job is made at each time, and the last three are kept', async () => {
  await using lab = await openLab()
  await lab.create(CRON)
  await lab.pass(4 * 60)
  expect(lab.list('jobs.batch/default')).toEqual([])

  await lab.pass(26 * 60 + 10)

  const jobs = lab.list('jobs.batch/default')
  expect(jobs).toHaveLength(3)
  expect(jobs.at(-1)?.metadata).toMatchObject({
    name: `tick-${Date.parse('2026-01-01T00:30:00Z') / 60_000}`,
    annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:30:00Z' },
  })
  expect(lab.get(TICK)?.status).toMatchObject({ lastScheduleTime: '2026-01-01T00:30:00Z' })
  expect(lab.managersOf(TICK)).toEqual(['kube-controller-manager status', 'kubectl'])
})

test('nothing is started while it is suspended', async () => {
  await using lab = await openLab()
  await lab.create(CRON.replace('schedule', 'suspend: true\n  schedule'))

  await lab.pass(3_600)

  expect(lab.list('jobs.batch/default')).toEqual([])
})

test.each([
  ['*/15 * * * *', '2026-01-01T00:15:00.000Z'],
  ['@daily', '2026-01-02T00:00:00.000Z'],
  ['30 6 * * mon-fri', '2026-01-01T06:30:00.000Z'],
  ['0 0 29 feb *', '2028-02-29T00:00:00.000Z'],
  ['0 12 13 * fri', '2026-01-02T12:00:00.000Z'],
])('%s comes next at %s', (text, next) => {
  const schedule = parseCron(text)

  expect(schedule && computeNextTime(schedule, new Date('2026-01-01T00:00:30Z'))?.toISOString()).toBe(next)
})

test.each(['', '* * * *', '61 * * * *', '* * * * funday'])('%j is no schedule', (text) => {
  expect(parseCron(text)).toBeUndefined()
})
