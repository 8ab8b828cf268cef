import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeReal, sharedFleet } from '../../../test/real/shared-fleet.ts'
import { systemClock, systemRandom } from '../../base/system-clock.ts'
import { createKubeClient } from '../../kube/http-client.ts'
import { loadKubeconfig } from '../../kube/kubeconfig.ts'
import type { KubeObject } from '../../kube/object.ts'
import { parseYaml } from '../../kube/yaml.ts'
import { createSimCluster } from '../create-sim-cluster.ts'
import { furnishCluster } from '../furnish-cluster.ts'
import { createSimAccess, createSimTransport } from '../transport.ts'
import { startControllers } from './start-controllers.ts'
import { createObjects, readStates } from './testing/compare-states.ts'

const DEPS = { clock: systemClock, random: systemRandom, env: {} }

describeReal('controllers', () => {
  test('simulated controllers leave objects as the real ones do', async () => {
    const [first] = sharedFleet().clusters
    if (!first) throw new Error('The fleet has no cluster')
    await using real = createKubeClient(
      await loadKubeconfig({ paths: [first.kubeconfigFile], allowExec: [] }, DEPS),
      DEPS,
    )
    await using cluster = createSimCluster({ name: 'twin', clock: systemClock })
    await using _controllers = startControllers(cluster)
    const transport = createSimTransport(cluster)
    await using simulated = createKubeClient(createSimAccess(cluster), DEPS, { transport })
    const nodes = (await real.discover()).find('', 'Node')
    furnishCluster(cluster, { nodes: nodes ? (await real.list({ resource: nodes })).items.length : 0 })
    const namespace = `controllers-${randomUUID().slice(0, 8)}`
    const objects = parseYaml(
      await readFile(new URL('testing/workloads.yaml', import.meta.url), 'utf8'),
    ) as KubeObject[]
    const compare = async () => [await readStates(simulated, namespace), await readStates(real, namespace)] as const

    try {
      await Promise.all([createObjects(simulated, namespace, objects), createObjects(real, namespace, objects)])
      let [here, there] = await compare()
      // The real autoscaler looks every 15 seconds.
      for (let tries = 0; tries < 45 && here.join() !== there.join(); tries++) {
        await setTimeout(1_000)
        ;[here, there] = await compare()
      }

      expect(here).toEqual(there)
    } finally {
      const namespaces = (await real.discover()).find('', 'Namespace')
      if (namespaces) await real.delete({ resource: namespaces, name: namespace })
    }
  })
})
