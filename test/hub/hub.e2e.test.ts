import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { startSimFleet } from '../sim-fleet.ts'
import { describeHubScenario } from './hub.scenario.ts'

describe('a hub on simulated clusters', () => {
  const stack = new AsyncDisposableStack()
  afterAll(() => stack.disposeAsync())
  describeHubScenario(async () => {
    const names = ['canary', 'one', 'two', 'three', 'four', 'five']
    const fleet = stack.use(await startSimFleet(names.map((name) => ({ name, nodes: 1 }))))
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-hub-sim-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, fleet.kubeconfig, { mode: 0o600 })
    return { kubeconfig, names }
  })
})
