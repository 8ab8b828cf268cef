import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a simulated fleet was asked since the last time. Writes are changes of what is stored. */
export type Served = {
  readonly requests: number
  readonly writes: number
  readonly residentBytes: number
  /** Clusters that were asked for a watch since, and when first, in milliseconds since 1970. */
  readonly watched: readonly { readonly name: string; readonly at: number }[]
  /** Connections at most at a time to those that say nothing. */
  readonly mostWaiting: number
}

/** Simulated clusters in a process of their own, so that the one that is measured holds nothing of them. */
export type SimulatedFleet = AsyncDisposable & {
  /** Those that answer. */
  readonly clusters: readonly string[]
  /** Those that accept connections and say nothing. */
  readonly hanging: readonly string[]
  readonly kubeconfigFile: string
  readonly takeServed: () => Promise<Served>
}

/** Starts so many empty clusters, `sim-1` and so on, and `hanging-1` and so on. */
export const startSimulatedFleet = async (count: number, folder: string, hanging = 0): Promise<SimulatedFleet> => {
  const kubeconfigFile = join(folder, `simulated-${count}`)
  const args = [String(count), kubeconfigFile, String(hanging)]
  const child = fork(join(import.meta.dirname, 'simulated-fleet-process.ts'), args)
  await once(child, 'message')
  const name = (prefix: string, size: number): string[] =>
    Array.from({ length: size }, (_, index) => `${prefix}-${index + 1}`)
  return {
    clusters: name('sim', count),
    hanging: name('hanging', hanging),
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
