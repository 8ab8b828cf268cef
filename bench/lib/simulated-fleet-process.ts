// node simulated-fleet-process.ts COUNT KUBECONFIG: serves so many empty simulated clusters, writes their kubeconfig, says
// `ready` to its parent, and answers each message with how many requests and writes there were since the last one.
import { writeFileSync } from 'node:fs'
import { systemClock } from '../../src/base/system-clock.ts'
import { createSimCluster } from '../../src/simcluster/create-sim-cluster.ts'
import { openSimServer } from '../../src/simcluster/server.ts'
import { createPartPool } from '../../src/simcluster/store/pool.ts'

const [count = '1', kubeconfigFile = ''] = process.argv.slice(2)
const pool = createPartPool()
let requests = 0
let writes = 0
const clusters = Array.from({ length: Number(count) }, (_, index) => {
  const cluster = createSimCluster({ name: `sim-${index + 1}`, clock: systemClock, pool })
  // Counted here: audit events would be made for each request, and thrown away.
  const { requestAs } = cluster
  cluster.subscribe(() => {
    writes++
  })
  return {
    ...cluster,
    requestAs: (...asked: Parameters<typeof requestAs>) => {
      requests++
      return requestAs(...asked)
    },
  }
})
const server = await openSimServer({ clusters, now: systemClock.now() })
writeFileSync(kubeconfigFile, server.kubeconfig(), { mode: 0o600 })
process.on('message', () => {
  process.send?.({ requests, writes, residentBytes: process.memoryUsage().rss })
  requests = 0
  writes = 0
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
