import { setImmediate } from 'node:timers/promises'
import { createSimCluster, type SimCluster } from '../create-sim-cluster.ts'
import { createSimAccess, createSimTransport } from '../transport.ts'
import type { ContractCluster } from './contract-cluster.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

const START = new Date('2026-03-01T12:00:00Z')

/** A new simulated cluster, and what makes its time pass. */
export const createContractSimCluster = (
  seed: string,
): { cluster: SimCluster; clock: VirtualClock; wait: ContractCluster['wait'] } => {
  const clock = createVirtualClock(START)
  const cluster = createSimCluster({ name: 'contract', seed, clock, authorization: 'rbac' })
  const wait = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await setImmediate()
  }
  return { cluster, clock, wait }
}

/** A simulated cluster without a socket. `timeOf` says at what time the next request comes, where that is known. */
export const openInProcess = async (seed: string, timeOf?: () => Date | undefined): Promise<ContractCluster> => {
  const { cluster, clock, wait } = createContractSimCluster(seed)
  const transport = createSimTransport(cluster)
  const credentials = await createSimAccess(cluster).getCredentials()
  return {
    send: (request) => {
      const time = timeOf?.()
      if (time) clock.set(time)
      return transport.send(request, credentials)
    },
    stream: async (request) => {
      const { status, headers, body } = await transport.stream(request, credentials, 0)
      return { status, headers, body: decode(body), close: () => void body.destroy() }
    },
    wait,
    hasControllers: false,
    establishes: true,
    [Symbol.asyncDispose]: async () => {
      await transport[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield chunk.toString()
}
