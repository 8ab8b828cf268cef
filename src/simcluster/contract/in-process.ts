import { setImmediate } from 'node:timers/promises'
import { createVirtualClock, type VirtualClock } from '../../base/virtual-clock.ts'
import { startControllers } from '../controllers/start-controllers.ts'
import { createSimCluster, type SimCluster } from '../create-sim-cluster.ts'
import { createSimAccess, createSimTransport } from '../transport.ts'
import type { ContractCluster } from './contract-cluster.ts'

const START = new Date('2026-03-01T12:00:00Z')

/** A new simulated cluster, and what makes its time pass. Its controllers work while it does. */
export const createContractSimCluster = (
  seed: string,
  { controlled }: { readonly controlled: boolean },
): { cluster: SimCluster; clock: VirtualClock; wait: ContractCluster['wait']; stop: () => Promise<void> } => {
  const clock = createVirtualClock(START)
  const cluster = createSimCluster({ name: 'contract', seed, clock, authorization: 'rbac' })
  const controllers = controlled ? startControllers(cluster, { automatic: false }) : undefined
  const wait = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await controllers?.settle()
    await setImmediate()
  }
  const stop = async (): Promise<void> => {
    await controllers?.[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  }
  return { cluster, clock, wait, stop }
}

/** A simulated cluster without a socket. `timeOf` says at what time the next request comes, where that is known. */
export const openInProcess = async (seed: string, timeOf?: () => Date | undefined): Promise<ContractCluster> =>
  openCluster(createContractSimCluster(seed, { controlled: timeOf === undefined }), timeOf)

const openCluster = async (
  { cluster, clock, wait, stop }: ReturnType<typeof createContractSimCluster>,
  timeOf?: () => Date | undefined,
): Promise<ContractCluster> => {
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
    hasControllers: timeOf === undefined,
    ...(timeOf ? { establishes: true } : {}),
    [Symbol.asyncDispose]: async () => {
      await transport[Symbol.asyncDispose]()
      await stop()
    },
  }
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield chunk.toString()
}
