import { systemClock, systemRandom } from '../src/base/system-clock.ts'
import { createKubeClient } from '../src/kube/http-client.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { toConfigMap, toDeployment, toNamespace } from './lib/manifests.ts'
import { applyRaw } from './lib/raw-apply.ts'
import { computeMedian, measureInTurn } from './lib/statistics.ts'

const COUNT = 500

/** How fast the client alone is: the yardstick of `first-apply`. */
export const rawLoopBench: Bench = {
  name: 'raw-loop',
  title: `loop of ${COUNT} bare server-side applies, 32 at a time`,
  run: async () => {
    await using fleet = await startRealFleet({ clusters: 1, controllers: false, nodes: 0 })
    const access = await loadKubeconfig(
      { paths: [fleet.kubeconfigFile], allowExec: [] },
      { clock: systemClock, env: {} },
    )
    const measure =
      (http2: boolean, toManifest: typeof toConfigMap) =>
      async (round: number): Promise<number> => {
        await using client = createKubeClient(access, { clock: systemClock, random: systemRandom }, { http2 })
        const namespace = `${toManifest === toConfigMap ? 'settings' : 'web'}-${http2 ? 'h2' : 'h1'}-${round + 1}`
        await applyRaw(client, [toNamespace(namespace)])
        return applyRaw(
          client,
          Array.from({ length: COUNT }, (_, index) => toManifest(namespace, index)),
        )
      }
    const runs = await measureInTurn(
      {
        'ConfigMaps of 2 kB, HTTP/1.1, 32 connections': measure(false, toConfigMap),
        'ConfigMaps of 2 kB, HTTP/2, one connection': measure(true, toConfigMap),
        'Deployments, HTTP/1.1, 32 connections': measure(false, toDeployment),
        'Deployments, HTTP/2, one connection': measure(true, toDeployment),
      },
      3,
    )
    return Object.entries(runs).map(([what, rates]) => ({
      what,
      measured: `${Math.round(computeMedian(rates))} objects per second`,
    }))
  },
}
