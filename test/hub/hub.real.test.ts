import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { startRealFleet } from '../real/fleet.ts'
import { describeReal } from '../real/shared-fleet.ts'
import { prepareAuditedHub } from './audit-webhook.ts'
import { describeHubScenario } from './hub.scenario.ts'

/** Control planes of this test alone: the hub owns them whole, and one is cut off. */
const CLUSTERS = 10

describeReal('a hub on real control planes', () => {
  const stack = new AsyncDisposableStack()
  afterAll(() => stack.disposeAsync())
  describeHubScenario(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-hub-real-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const names = Array.from({ length: CLUSTERS }, (_, index) => `real-${index + 1}`)
    const hub = await prepareAuditedHub(folder, names)
    const running = stack.use(await startRealFleet({ clusters: CLUSTERS, apiserverArgs: hub.apiserverArgs }))
    const find = (name: string) => running.clusters.find((cluster) => cluster.name === name)
    return {
      kubeconfig: running.kubeconfigFile,
      names,
      hub,
      pause: (name) => find(name)?.pause(),
      resume: (name) => find(name)?.resume(),
    }
  })
})
