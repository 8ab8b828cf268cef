// node simulated-fleet-process.ts COUNT KUBECONFIG [HANGING]: serves so many empty simulated clusters, and beside them so
// many that accept connections and say nothing, writes their kubeconfig, says `ready` to its parent, and answers each
// message with what was asked of them since the last one.
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { systemClock } from '../../src/base/system-clock.ts'
import { createSimCluster } from '../../src/simcluster/create-sim-cluster.ts'
import { formatKubeconfig } from '../../src/simcluster/kubeconfig.ts'
import { openSimServer } from '../../src/simcluster/server.ts'
import { createPartPool } from '../../src/simcluster/store/pool.ts'
import type { Served } from './simulated-fleet.ts'

const [count = '1', kubeconfigFile = '', hanging = '0'] = process.argv.slice(2)
const pool = createPartPool()
let requests = 0
let writes = 0
/** When each cluster was first watched since the last message. */
const watched = new Map<string, number>()
const clusters = Array.from({ length: Number(count) }, (_, index) => {
  const cluster = createSimCluster({ name: `sim-${index + 1}`, clock: systemClock, pool })
  // Counted here: audit events would be made for each request, and thrown away.
  const { requestAs, name } = cluster
  cluster.subscribe(() => {
    writes++
  })
  return {
    ...cluster,
    requestAs: (...asked: Parameters<typeof requestAs>) => {
      requests++
      if (asked[1].query.get('watch') === 'true' && !watched.has(name)) watched.set(name, Date.now())
      return requestAs(...asked)
    },
  }
})
const server = await openSimServer({ clusters, now: systemClock.now() })

let waiting = 0
let mostWaiting = 0
const silent = createServer((socket) => {
  mostWaiting = Math.max(mostWaiting, ++waiting)
  socket
    .resume()
    .on('error', () => undefined)
    .on('close', () => waiting--)
})
await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
const { port } = silent.address() as AddressInfo

const names = clusters.map(({ name }) => name)
const contexts = [
  // First, as whoever starts from the top meets them first.
  ...Array.from({ length: Number(hanging) }, (_, index) => ({
    name: `hanging-${index + 1}`,
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: server.certificateAuthority,
    token: 'none',
  })),
  ...names.map((name, index) => ({
    name,
    server: server.urlOf(name),
    certificateAuthority: server.certificateAuthority,
    token: (clusters[index] as (typeof clusters)[0]).tokenOf('admin'),
  })),
]
writeFileSync(kubeconfigFile, formatKubeconfig(contexts), { mode: 0o600 })
process.on('message', () => {
  const residentBytes = process.memoryUsage().rss
  process.send?.({
    requests,
    writes,
    residentBytes,
    mostWaiting,
    watched: [...watched].map(([name, at]) => ({ name, at })),
  } satisfies Served)
  requests = 0
  writes = 0
  mostWaiting = waiting
  watched.clear()
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
