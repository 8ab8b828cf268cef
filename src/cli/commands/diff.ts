import { diffCluster } from '../../enforce/diff-cluster.ts'
import { type DiffReport, toAccessChanges, toClusterChanges } from '../../enforce/reports.ts'
import { keepDeferred } from '../../plan/deletion-guard.ts'
import { createCliError } from '../errors.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import type { ClusterOptions, Format } from '../options.ts'
import { createProgress } from '../progress.ts'
import { printDiff } from '../report/print-diff.ts'
import { runClusters } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'

/** Options of `lockstep diff`. */
export type DiffOptions = ClusterOptions & RemoteOptions & { readonly all?: boolean; readonly output: Format }

/** `lockstep diff`: what a sync would do, asked of the servers by dry run. */
export const runDiff = async (options: DiffOptions, world: World): Promise<number> => {
  if (options.hub !== undefined)
    return (await import('./hub-sync.ts')).runHubDiff({ ...options, hub: options.hub }, world)
  await using session = await openFleetSession(options, world)
  const progress = createProgress(
    world.stderr,
    session.fleet.clusters.map(({ name }) => name),
    { quiet: true },
  )
  const runs = await runClusters(
    session,
    async ({ desired, deps }, call) => {
      const diff = await diffCluster({ desired }, deps, call)
      return { ...diff, result: { ...diff.result, plan: keepDeferred(diff.result.plan) } }
    },
    { ...options, emit: progress.emit },
    world,
  )
  progress.close()
  if (world.signal.aborted) throw createCliError('COMMAND_INTERRUPTED', 'interrupted')
  const report: DiffReport = {
    fleet: session.fleet.name,
    revision: session.revision,
    access: toAccessChanges(runs.flatMap((run) => (run.type === 'done' ? [{ cluster: run.name, ...run.result }] : []))),
    clusters: runs.map((run) =>
      run.type === 'failed'
        ? { ...run.report, changes: [], renderErrors: [] }
        : toClusterChanges(run.report, run.result),
    ),
  }
  return printDiff(report, options, world)
}
