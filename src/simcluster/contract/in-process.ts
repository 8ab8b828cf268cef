import { setImmediate } from 'node:timers/promises'
import { createSimCluster, type SimCluster } from '../create-sim-cluster.ts'
import { createSimAccess, createSimTransport } from '../transport.ts'
import type { ContractCluster } from './contract-cluster.ts'
import { createVirtualClock } from './virtual-clock.ts'

const START = new Date('2026-03-01T12:00:00Z')
const STEP_MS = 100

/** A new simulated cluster, and what makes its time pass. */
export const createContractSimCluster = (seed: string): { cluster: SimCluster; rest: () => Promise<void> } => {
  const clock = createVirtualClock(START)
  const cluster = createSimCluster({ name: 'contract', seed, clock })
  const rest = async (): Promise<void> => {
    clock.advance(STEP_MS)
    await setImmediate()
  }
  return { cluster, rest }
}

/** A simulated cluster without a socket. */
export const openInProcess = async (seed: string): Promise<ContractCluster> => {
  const { cluster, rest } = createContractSimCluster(seed)
  const transport = createSimTransport(cluster)
  const credentials = await createSimAccess(cluster).getCredentials()
  return {
    send: (request) => transport.send(request, credentials),
    stream: async (request) => {
      const { status, headers, body } = await transport.stream(request, credentials, 0)
      return { status, headers, body: decode(body), close: () => void body.destroy() }
    },
    rest,
    hasControllers: false,
    [Symbol.asyncDispose]: async () => {
      await transport[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield chunk.toString()
}
