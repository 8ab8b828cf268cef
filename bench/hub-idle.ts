import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Manifest } from '../src/kube/object.ts'
import { startHubProcess } from '../test/hub-process.ts'
import type { RealCluster } from '../test/real/cluster.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'

const OBJECTS = 1_000
const SECONDS = 120
/** Whole looks an hour, at the default interval of ten minutes. */
const LOOKS_AN_HOUR = 6

/** What a hub asks a cluster for while nothing happens there, its whole looks included, by the API server's audit log. */
export const hubIdleBench: Bench = {
  name: 'hub-idle',
  title: `a hub and ${OBJECTS.toLocaleString('en')} ConfigMaps on one cluster, where nothing happens, looked at whole every ten seconds`,
  run: async ({ folder }) => {
    await using fleet = await startRealFleet({ clusters: 1, nodes: 0, controllers: false })
    const [cluster] = fleet.clusters as [RealCluster]
    const content = Array.from(
      { length: OBJECTS },
      (_, number): Manifest => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `idle-${number}`, namespace: 'default' },
        data: { number: String(number) },
      }),
    )
    const { args } = await writeFleetRepository(folder, content, {
      clusters: [cluster.name],
      kubeconfigFile: fleet.kubeconfigFile,
      spec: '{defaults: {wait: 0s, interval: 10s}}',
    })
    const [data, cache] = ['hub', 'cache'].map((part) => join(folder, '..', part)) as [string, string]
    await using hub = await startHubProcess([...args, '--data', data, '--cache-dir', cache])
    await hub.waitFor(({ message }) => message === 'rollout: done', { timeoutMs: 300_000 })
    // Until the right to write is given back.
    await sleep(30_000)
    const before = await countLooks(hub.url())
    const { requests } = await cluster.countRequests(() => sleep(SECONDS * 1_000))
    const looks = (await countLooks(hub.url())) - before
    const own = requests.filter(({ userAgent }) => userAgent?.startsWith('lockstep')).length
    const anHour = Math.round((own / looks) * LOOKS_AN_HOUR)
    return [
      {
        what: `requests of the hub in ${SECONDS} s, with ${looks} whole looks`,
        measured: `${own}, ${(own / looks).toFixed(1)} a look`,
      },
      {
        what: 'that is, in an hour at the default interval',
        measured: `${anHour} requests for ${OBJECTS.toLocaleString('en')} objects`,
        goal: '0 an object',
        reached: anHour / OBJECTS < 0.05,
      },
    ]
  },
}

const countLooks = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return [...text.matchAll(/^lockstep_reconcile_seconds_count\{[^}]*\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
}
