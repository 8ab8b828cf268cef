import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HubProcess, startHubProcess } from '../test/hub-process.ts'
import type { Bench, Row } from './lib/bench.ts'
import { readCpu } from './lib/command.ts'
import { writeFleetRepository } from './lib/fleet-repository.ts'
import { createApplications } from './lib/manifests.ts'
import { type SimulatedFleet, startSimulatedFleet } from './lib/simulated-fleet.ts'
import { formatMillis } from './lib/statistics.ts'

const OBJECTS = 500
const IDLE_MS = 60_000

/** How many clusters answer, and how many hang; `HUB_SCALE=100,5` measures less. */
const readSizes = (): readonly [number, number] => {
  const [answering = 1_000, hanging = 50] = (process.env.HUB_SCALE ?? '1000,50').split(',').map(Number)
  return [answering, hanging]
}

/** A hub and a large fleet that it knows: how soon it sees to all of it, and what it holds. */
export const hubScaleBench: Bench = {
  name: 'hub-scale',
  title: `a hub and ${OBJECTS} objects on each of ${readSizes().join(' simulated clusters; beside them, hanging: ')}`,
  run: async ({ folder, lockstep }) => {
    const [answering, hanging] = readSizes()
    await mkdir(folder, { recursive: true })
    await using fleet = await startSimulatedFleet(answering, folder, hanging)
    const clusters = [...fleet.hanging, ...fleet.clusters]
    const { args } = await writeFleetRepository(join(folder, 'git'), createApplications(OBJECTS), {
      clusters,
      kubeconfigFile: fleet.kubeconfigFile,
      spec: '{defaults: {wait: 0s}, rollout: {maxConcurrent: "100%"}}',
    })
    // Those that hang cannot be synced.
    await lockstep(['sync', '--no-wait', '--connect-timeout', '1s', ...args], { expect: [0, 1, 2, 3, 4, 5] })
    const start = (): Promise<Started> =>
      startHub([...args, '--data', join(folder, '..', 'hub'), '--cache-dir', join(folder, '..', 'cache')], fleet)
    const first = await start()
    await first.hub.kill()
    const again = await start()
    await using hub = again.hub
    const idle = await measureIdle(hub, fleet)
    return [
      ...toStartRows('from its start, of clusters that it never saw', first),
      ...toStartRows('from its start after kill -9', again),
      ...toIdleRows(idle, answering),
    ]
  },
}

type Started = {
  readonly hub: HubProcess
  readonly firstMillis: number
  readonly lastMillis: number
  readonly cpuMillis: number
  readonly requests: number
  readonly mostWaiting: number
}

/** Starts it and waits until every cluster that answers is under watch. */
const startHub = async (args: readonly string[], fleet: SimulatedFleet): Promise<Started> => {
  await fleet.takeServed()
  const started = Date.now()
  const hub = await startHubProcess(args)
  const times: number[] = []
  let requests = 0
  let mostWaiting = 0
  const seen = new Set<string>()
  while (seen.size < fleet.clusters.length) {
    await sleep(100)
    const served = await fleet.takeServed()
    requests += served.requests
    mostWaiting = Math.max(mostWaiting, served.mostWaiting)
    for (const { name, at } of served.watched) {
      if (seen.has(name)) continue
      seen.add(name)
      times.push(at - started)
    }
  }
  return {
    hub,
    firstMillis: Math.min(...times),
    lastMillis: Math.max(...times),
    cpuMillis: readCpu(hub.pid),
    requests,
    mostWaiting,
  }
}

const toStartRows = (since: string, started: Started): Row[] => [
  {
    what: `${since}, until the first is under watch, and all that answer`,
    measured: `${formatMillis(started.firstMillis)}, ${formatMillis(started.lastMillis)}; ${formatMillis(started.cpuMillis)} on a processor`,
  },
  {
    what: 'requests until then, and connections at most to those that hang',
    measured: `${started.requests}, ${started.mostWaiting}`,
  },
]

type Idle = {
  readonly requests: number
  readonly cpuMillis: number
  readonly residentBytes: number
  readonly heapBytes: number
}

/** A minute in which nothing happens, after half of one in which the last answers were digested. */
const measureIdle = async (hub: HubProcess, fleet: SimulatedFleet): Promise<Idle> => {
  await sleep(IDLE_MS / 2)
  await fleet.takeServed()
  const cpuBefore = readCpu(hub.pid)
  let heapBytes = Number.POSITIVE_INFINITY
  for (let waited = 0; waited < IDLE_MS; waited += IDLE_MS / 12) {
    await sleep(IDLE_MS / 12)
    heapBytes = Math.min(heapBytes, await readHeap(hub))
  }
  const { requests } = await fleet.takeServed()
  return { requests, cpuMillis: readCpu(hub.pid) - cpuBefore, residentBytes: hub.residentBytes(), heapBytes }
}

const readHeap = async (hub: HubProcess): Promise<number> => {
  const metrics = await (await fetch(`${hub.url()}/metrics`)).text()
  return Number(/^nodejs_heap_size_used_bytes (\d+)/m.exec(metrics)?.[1])
}

const toIdleRows = ({ requests, cpuMillis, residentBytes, heapBytes }: Idle, clusters: number): Row[] => [
  {
    what: 'requests, and time on a processor, in a minute in which nothing happens',
    measured: `${requests}, ${formatMillis(cpuMillis)}`,
    goal: '0 an object',
    reached: requests < clusters * OBJECTS * 0.01,
  },
  {
    what: 'memory then',
    measured: `${toMib(residentBytes)} resident, of it heap in use ${toMib(heapBytes)}; ${(residentBytes / clusters / 2 ** 20).toFixed(2)} MiB a cluster`,
    goal: '< 2 GB',
    reached: residentBytes < 2 * 2 ** 30,
  },
]

const toMib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
