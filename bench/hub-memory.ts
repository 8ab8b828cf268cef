import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startHubProcess } from '../test/hub-process.ts'
import { startRealFleet } from '../test/real/fleet.ts'
import type { Bench } from './lib/bench.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { formatMillis } from './lib/statistics.ts'

const CLUSTERS = 8

/** What a hub holds that keeps eight clusters, after it brought everything there and while nothing happens. */
export const hubMemoryBench: Bench = {
  name: 'hub-memory',
  title: `a hub and kube-prometheus (131 objects) on each of ${CLUSTERS} clusters`,
  run: async ({ folder, corpus }) => {
    await using fleet = await startRealFleet({ clusters: CLUSTERS, nodes: 0, controllers: false })
    const names = fleet.clusters.map(({ name }) => name)
    const { args } = await writeFleetRepository(folder, corpus, {
      clusters: names,
      kubeconfigFile: fleet.kubeconfigFile,
      spec: '{defaults: {wait: 0s}}',
    })
    const started = Date.now()
    await using hub = await startHubProcess([
      ...[...args, '--data', join(folder, '..', 'hub'), '--cache-dir', join(folder, '..', 'cache')],
    ])
    await hub.waitFor(({ message }) => message === 'rollout: done', { timeoutMs: 300_000 })
    const millis = Date.now() - started
    let peakBytes = hub.residentBytes()
    for (let second = 0; second < 60; second++) {
      await sleep(1_000)
      peakBytes = Math.max(peakBytes, hub.residentBytes())
    }
    const metrics = await (await fetch(`${hub.url()}/metrics`)).text()
    const heap = Number(/^nodejs_heap_size_used_bytes (\d+)/m.exec(metrics)?.[1])
    const connections = fleet.clusters.map(({ server }) => countConnections(hub.pid, Number(new URL(server).port)))
    const toMib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
    return [
      { what: 'from its start until everything is on all of them', measured: formatMillis(millis) },
      {
        what: 'resident memory, at most, and a minute later (Argo CD: 1.5 GB idle)',
        measured: `${toMib(peakBytes)}, ${toMib(hub.residentBytes())}; of it heap in use ${toMib(heap)}`,
      },
      { what: 'connections to a cluster while nothing happens', measured: `${Math.max(...connections)} at most` },
    ]
  },
}

const ESTABLISHED = '01'

/** Connections of a process to a port, as Linux tells. */
const countConnections = (pid: number, port: number): number => {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        // Closed meanwhile.
        return []
      }
    }),
  )
  const remote = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, , to, state, , , , , , inode]) => to?.endsWith(`:${remote}`) && state === ESTABLISHED && own.has(inode ?? ''),
    ).length
}
