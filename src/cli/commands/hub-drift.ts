import type { DriftReport } from '../../drift/report.ts'
import { openHubClient } from '../hub/open-client.ts'
import { printDrift } from '../report/print-drift.ts'
import type { World } from '../world.ts'
import type { DriftOptions } from './drift.ts'

/** `lockstep drift --hub`: what the hub knows now, of all clusters that are meant. */
export const runHubDrift = async (options: DriftOptions & { readonly hub: string }, world: World): Promise<number> => {
  const { cluster, selector } = options
  await using client = openHubClient(options, world)
  const query = { ...(cluster ? { cluster } : {}), ...(selector ? { selector } : {}) }
  const report = await client.call('getDrift', { query }, { signal: world.signal })
  return printDrift(report as DriftReport, options, world)
}
