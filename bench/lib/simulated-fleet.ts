import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a simulated fleet was asked since the last time. Writes are changes of what is stored. */
export type Served = { readonly requests: number; readonly writes: number; readonly residentBytes: number }

/** Simulated clusters in a process of their own, so that the one that is measured holds nothing of them. */
export type SimulatedFleet = AsyncDisposable & {
  readonly clusters: readonly string[]
  readonly kubeconfigFile: string
  readonly takeServed: () => Promise<Served>
}

/** Starts so many empty clusters, `sim-1` and so on. */
export const startSimulatedFleet = async (count: number, folder: string): Promise<SimulatedFleet> => {
  const kubeconfigFile = join(folder, `simulated-${count}`)
  const child = fork(join(import.meta.dirname, 'simulated-fleet-process.ts'), [String(count), kubeconfigFile])
  await once(child, 'message')
  return {
    clusters: Array.from({ length: count }, (_, index) => `sim-${index + 1}`),
    kubeconfigFile,
    takeServed: async () => {
      child.send('served')
      const [served] = (await once(child, 'message')) as [Served]
      return served
    },
    [Symbol.asyncDispose]: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
