import { systemClock } from '../../base/system-clock.ts'
import { openSimServer } from '../server.ts'
import { createSimAccess } from '../transport.ts'
import type { ContractCluster } from './contract-cluster.ts'
import { createContractSimCluster } from './in-process.ts'
import { openOverHttp } from './over-http.ts'

/** A simulated cluster behind a socket. */
export const openSimOverHttp = async (seed: string): Promise<ContractCluster> => {
  const { cluster, wait, stop } = createContractSimCluster(seed, { controlled: true })
  const server = await openSimServer({ clusters: [cluster], now: systemClock.now() })
  const access = {
    ...createSimAccess(cluster),
    server: server.urlOf(cluster.name),
    certificateAuthority: server.certificateAuthority,
  }
  const opened = openOverHttp(access, { wait, hasControllers: true })
  return {
    ...opened,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await stop()
    },
  }
}
