import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createVirtualClock } from '../../base/virtual-clock.ts'
import { createSimCluster } from '../create-sim-cluster.ts'
import { furnishCluster } from '../furnish-cluster.ts'
import { startControllers } from './start-controllers.ts'
import { openLab } from './testing/open-lab.ts'

const APP = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: task}]}}}
`

test('the same requests at the same times give the same objects', async () => {
  const run = async (): Promise<string> => {
    await using lab = await openLab()
    await lab.create(APP)
    await lab.pass(10)
    return JSON.stringify(['pods', 'replicasets.apps', 'events'].map((resource) => lab.list(`${resource}/default`)))
  }

  expect(await run()).toBe(await run())
})

test('controllers that have nothing to do do nothing, however much time passes', async () => {
  await using lab = await openLab()
  await lab.create(APP)
  await lab.pass(600)
  const before = lab.cluster.store.version()

  await lab.pass(24 * 3_600)

  expect(lab.cluster.store.version()).toBe(before)
})

test('controllers that start late take up what is there', async () => {
  const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'))
  await using cluster = createSimCluster({ name: 'late', clock })
  furnishCluster(cluster)
  expect(cluster.store.count('/serviceaccounts')).toBe(0)

  await using controllers = startControllers(cluster, { automatic: false })
  await controllers.settle()

  expect(cluster.store.count('/serviceaccounts')).toBe(4)
  expect(controllers.nextDue()).toBeUndefined()
})

test('controllers begin by themselves when something changes, and end with their owner', async () => {
  const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'))
  await using cluster = createSimCluster({ name: 'own', clock })
  const controllers = startControllers(cluster)
  await setImmediate()
  await setImmediate()
  expect(cluster.store.get('/serviceaccounts', 'default/default')).toBeDefined()

  await controllers[Symbol.asyncDispose]()
  furnishCluster(cluster)
  await setImmediate()
  await setImmediate()

  expect(cluster.read(cluster.store.get('/nodes', 'own-node-1') ?? expect.fail()).status).not.toHaveProperty(
    'conditions',
  )
})
