import { afterAll } from 'vitest'
import { type RealFleet, startRealFleet } from '../real/fleet.ts'
import { describeReal } from '../real/shared-fleet.ts'
import { describeHubScenario } from './hub.scenario.ts'

/** Control planes of this test alone: the hub owns them whole, and one is cut off. */
const CLUSTERS = 10

describeReal('a hub on real control planes', () => {
  let fleet: RealFleet | undefined
  afterAll(() => fleet?.[Symbol.asyncDispose]())
  describeHubScenario(async () => {
    const running = await startRealFleet({ clusters: CLUSTERS })
    fleet = running
    const find = (name: string) => running.clusters.find((cluster) => cluster.name === name)
    return {
      kubeconfig: running.kubeconfigFile,
      names: running.clusters.map(({ name }) => name),
      pause: (name) => find(name)?.pause(),
      resume: (name) => find(name)?.resume(),
    }
  })
})
