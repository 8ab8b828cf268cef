import { isWrite } from '../../test/real/audit-log.ts'
import type { RealCluster } from '../../test/real/cluster.ts'
import type { CommandResult } from './command.ts'

/** How a program ran, and what it asked of the API server. */
export type Measured = CommandResult & { readonly requests: number; readonly writes: number }

/** Runs a program and counts what it asks of a cluster, by the audit log of the API server. */
export const measureOn = async (cluster: RealCluster, run: () => Promise<CommandResult>): Promise<Measured> => {
  const { result, requests } = await cluster.countRequests(run)
  return { ...result, requests: requests.length, writes: requests.filter(isWrite).length }
}
