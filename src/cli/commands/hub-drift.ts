import type { HealedReport } from '../../enforce/reports.ts'
import { openHubClient } from '../hub/open-client.ts'
import { runOrder } from '../hub/run-order.ts'
import { toSelection } from '../hub/to-selection.ts'
import { printDrift } from '../report/print-drift.ts'
import type { World } from '../world.ts'
import type { DriftOptions } from './drift.ts'

/**
 * `lockstep drift --hub`: what the hub knows now. With `--deep` it looks at the clusters first, with `--heal` it undoes the
 * drift and looks again.
 */
export const runHubDrift = async (options: DriftOptions & { readonly hub: string }, world: World): Promise<number> => {
  const { heal, deep } = options
  const selection = toSelection(options)
  await using client = openHubClient(options, world)
  const report = heal
    ? await runOrder(client, 'heal', { body: selection }, world)
    : deep
      ? await runOrder(client, 'look', { body: { ...selection, deep } }, world)
      : await client.call('getDrift', { query: selection }, { signal: world.signal })
  return printDrift(report as HealedReport, options, world)
}
