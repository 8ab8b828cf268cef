import { explainLeft, listHealed } from '../../enforce/heal-report.ts'
import type { ReconcileResult } from '../../enforce/reconcile-cluster.ts'
import type { HealedReport } from '../../enforce/reports.ts'
import type { FleetSession } from '../../render/fleet-session.ts'
import { createCliError } from '../errors.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import type { ClusterOptions, Format } from '../options.ts'
import { createProgress } from '../progress.ts'
import { printDrift } from '../report/print-drift.ts'
import type { ClusterRun, ConnectedCluster } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import type { World } from '../world.ts'
import type { DriftHistoryOptions } from './drift-history.ts'

/** Options of `lockstep drift`. */
export type DriftOptions = ClusterOptions &
  RemoteOptions & {
    readonly heal?: boolean
    readonly deep?: boolean
    readonly all?: boolean
    readonly output: Format | 'html'
  }

/** Options of `lockstep drift`, and of `lockstep drift --history`. */
type EveryOption = DriftOptions & DriftHistoryOptions & { readonly history?: boolean }

/** What is told of a cluster. Its plan is not, which would hold all of its manifests until the last cluster is done. */
type Told = Pick<ReconcileResult, 'findings' | 'ignored' | 'pending' | 'warnings' | 'unread'>
type Looked = { readonly before: Told; readonly after?: Told }

/** `lockstep drift`: what differs from Git by the hand of others; with `--heal` undone, and looked at again. */
export const runDrift = async (options: EveryOption, world: World): Promise<number> => {
  if (options.history) return (await import('./drift-history.ts')).runDriftHistory(options, world)
  if (options.output === 'html' || options.since !== undefined || options.until !== undefined)
    throw createCliError('USAGE_INVALID', '--since, --until and -o html belong to --history', {
      hint: 'add --history to see what a hub saw over a time',
    })
  if (options.hub !== undefined)
    return (await import('./hub-drift.ts')).runHubDrift({ ...options, hub: options.hub }, world)
  // What talks to clusters is loaded while git tells about the fleet.
  const [session, { runClusters }, { reconcileCluster }] = await Promise.all([
    openFleetSession(options, world),
    import('../run-clusters.ts'),
    import('../../enforce/reconcile-cluster.ts'),
  ])
  await using _closed = session
  const progress = createProgress(
    world.stderr,
    session.fleet.clusters.map(({ name }) => name),
    {
      quiet: !options.heal,
    },
  )
  const look = async ({ desired, deps }: ConnectedCluster, call: { readonly signal: AbortSignal }): Promise<Looked> => {
    const request = { desired, mode: 'heal' as const, ...(options.deep ? { deep: true } : {}) }
    const before = await reconcileCluster({ ...request, dryRun: !options.heal }, deps, call)
    if (!options.heal) return { before: toTold(before) }
    const after = explainLeft(
      await reconcileCluster({ ...request, dryRun: true }, deps, call),
      before,
      desired.components,
    )
    return { before: toTold(before), after: toTold(after) }
  }
  const runs = await runClusters(session, look, { ...options, emit: progress.emit }, world)
  progress.close()
  if (world.signal.aborted) throw createInterrupted(options.heal === true)
  const report = toReport(session, runs, options.heal === true)
  return printDrift(report, options, world)
}

const toTold = ({ findings, ignored, pending, warnings, unread }: ReconcileResult): Told => ({
  findings,
  ignored,
  pending,
  warnings,
  unread,
})

const createInterrupted = (healing: boolean): Error =>
  createCliError(
    'COMMAND_INTERRUPTED',
    healing ? 'interrupted: what was healed until then stays healed' : 'interrupted',
    {
      ...(healing ? { hint: 'run lockstep drift --heal again to finish' } : {}),
    },
  )

/** Puts the reports of all clusters together. Pure. */
export const toReport = (
  { fleet, revision }: Pick<FleetSession, 'fleet' | 'revision'>,
  runs: readonly ClusterRun<Looked>[],
  heal: boolean,
): HealedReport => {
  const done = runs.flatMap((run) => (run.type === 'done' ? [run.result] : []))
  const last = done.map(({ before, after }) => after ?? before)
  return {
    fleet: fleet.name,
    revision,
    clusters: runs.map((run) => {
      if (run.type === 'failed') return run.report
      const { warnings, ignored, unread } = run.result.after ?? run.result.before
      const all = [...(run.report.warnings ?? []), ...warnings]
      return {
        ...run.report,
        ...(all.length > 0 ? { warnings: all } : {}),
        ...(unread.length > 0 ? { error: unread.join('; ') } : {}),
        ...(ignored > 0 ? { ignored } : {}),
      }
    }),
    findings: last.flatMap(({ findings }) => findings),
    pending: last.flatMap(({ pending }) => pending),
    ...(heal ? { healed: done.flatMap(({ before, after }) => listHealed(before, after)) } : {}),
  }
}
