import type { ObjectOutcome } from '../../apply/change-set.ts'
import type { ReconcileEvent } from '../../enforce/events.ts'
import type { ReconcileResult } from '../../enforce/reconcile-cluster.ts'
import type { SyncedCluster, SyncReport } from '../../enforce/reports.ts'
import { type ClusterDigest, joinDigests, matchDigest } from '../../plan/deletion-guard.ts'
import type { DesiredCluster } from '../../render/desired.ts'
import type { FleetSession } from '../../render/fleet-session.ts'
import { createCliError } from '../errors.ts'
import type { RemoteOptions } from '../hub/hub-options.ts'
import { type ClusterOptions, type Format, parseDurationOption } from '../options.ts'
import { createProgress } from '../progress.ts'
import { printSync } from '../report/print-sync.ts'
import type { ClusterRun, RunOptions } from '../run-clusters.ts'
import { openFleetSession } from '../session.ts'
import { type SyncClustersRequest, syncClusters } from '../sync-clusters.ts'
import type { World } from '../world.ts'

/** Options of `lockstep sync`. */
export type SyncOptions = ClusterOptions &
  RemoteOptions & {
    readonly dryRun?: boolean
    readonly confirmDeletions?: string
    /** A duration; `false` for `--no-wait`; `true` for as the components say. */
    readonly wait?: string | boolean
    readonly bypassHub?: boolean
    readonly reason?: string
    readonly all?: boolean
    readonly output: Format
  }

/** `lockstep sync`: makes clusters as Git says, and tells what was done. */
export const runSync = async (options: SyncOptions, world: World): Promise<number> => {
  if (options.hub !== undefined)
    return (await import('./hub-sync.ts')).runHubSync({ ...options, hub: options.hub }, world)
  if (options.bypassHub && !options.reason?.trim()) {
    throw createCliError('USAGE_INVALID', '--bypass-hub needs a reason', { hint: 'say why with --reason "…"' })
  }
  await using session = await openFleetSession(options, world)
  const request: SyncClustersRequest = {
    toDesired: (desired) => applyWait(desired, options.wait),
    dryRun: options.dryRun === true,
    bypassHub: options.bypassHub === true,
    holder: options.bypassHub ? `${world.holder}: ${options.reason}` : world.holder,
    confirmed: new Map(),
  }
  const confirmed = options.confirmDeletions
    ? await findConfirmed(options.confirmDeletions, { session, request }, options, world)
    : {}
  const progress = createProgress(
    world.stderr,
    session.fleet.clusters.map(({ name }) => name),
  )
  const log = createEventLog()
  const runOptions: RunOptions = {
    ...options,
    emit: (event) => {
      log.add(event)
      progress.emit(event)
    },
  }
  const { runs } = await syncClusters(session, { ...request, ...confirmed }, runOptions, world)
  progress.close()
  const report = toSyncReport(session, runs, log, options, world)
  return printSync(report, options, world)
}

const applyWait = (desired: DesiredCluster, wait: SyncOptions['wait']): DesiredCluster => {
  if (wait === undefined || wait === true) return desired
  const waitMs = wait === false ? 0 : parseDurationOption(wait, '--wait')
  return {
    ...desired,
    components: desired.components.map((component) => ({ ...component, policy: { ...component.policy, waitMs } })),
  }
}

/** What the events told of each cluster: all there is where a run was interrupted, and what no outcome holds. */
const createEventLog = () => {
  const outcomes = new Map<string, ObjectOutcome[]>()
  const hookErrors = new Map<string, { component: string; error: Error }[]>()
  return {
    add: (event: ReconcileEvent): void => {
      if (event.type === 'objectDone') append(outcomes, event.cluster, event.outcome)
      if (event.type === 'hookFailed')
        append(hookErrors, event.cluster, { component: event.component, error: event.error })
    },
    outcomesOf: (cluster: string): readonly ObjectOutcome[] => outcomes.get(cluster) ?? [],
    hookErrorsOf: (cluster: string) => hookErrors.get(cluster) ?? [],
  }
}

const append = <Value>(lists: Map<string, Value[]>, key: string, value: Value): void => {
  const known = lists.get(key)
  if (known) known.push(value)
  else lists.set(key, [value])
}

const toSyncReport = (
  { fleet, revision }: FleetSession,
  runs: readonly ClusterRun<ReconcileResult>[],
  log: ReturnType<typeof createEventLog>,
  options: SyncOptions,
  world: World,
): SyncReport => {
  const clusters = runs.map((run): SyncedCluster => {
    const hookErrors = log.hookErrorsOf(run.name)
    if (run.type === 'failed') return { ...run.report, outcomes: log.outcomesOf(run.name), pending: [], hookErrors }
    const { outcomes, pending, plan, warnings } = run.result
    const all = [...(run.report.warnings ?? []), ...warnings]
    return {
      ...run.report,
      ...(all.length > 0 ? { warnings: all } : {}),
      outcomes,
      pending,
      hookErrors,
      ...(plan.confirmation ? { confirmation: plan.confirmation } : {}),
    }
  })
  const digests = listDigests(runs)
  return {
    fleet: fleet.name,
    revision,
    dryRun: options.dryRun === true,
    interrupted: world.signal.aborted,
    clusters,
    ...(digests.length > 0 ? { confirmWith: toConfirmCommand(digests, options) } : {}),
  }
}

const listDigests = (runs: readonly ClusterRun<ReconcileResult>[]): ClusterDigest[] =>
  runs.flatMap((run) =>
    run.type === 'done' && run.result.plan.confirmation
      ? [[run.name, run.result.plan.confirmation.digest] as const]
      : [],
  )

const toConfirmCommand = (digests: readonly ClusterDigest[], options: SyncOptions): string =>
  [
    'lockstep sync',
    ...(options.fleet ? [`--fleet ${quote(options.fleet)}`] : []),
    ...(options.revision ? [`--revision ${quote(options.revision)}`] : []),
    ...(options.kubeconfig ? [`--kubeconfig ${quote(options.kubeconfig)}`] : []),
    ...digests.map(([cluster]) => `-c ${quote(cluster)}`),
    `--confirm-deletions ${joinDigests(digests)}`,
  ].join(' ')

const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`)

/**
 * Which cluster's deletions a digest confirms. It was printed for all clusters whose deletions waited, so all are looked
 * at again first: where anything of them changed since, none is confirmed.
 */
const findConfirmed = async (
  digest: string,
  { session, request }: { readonly session: FleetSession; readonly request: SyncClustersRequest },
  options: SyncOptions,
  world: World,
): Promise<Pick<SyncClustersRequest, 'confirmed' | 'fleetDeletions'>> => {
  const { runs, ...known } = await syncClusters(session, { ...request, dryRun: true }, options, world)
  const digests = listDigests(runs)
  const confirmed = matchDigest(digest, digests)
  if (confirmed.length > 0) return { ...known, confirmed: new Map(confirmed) }
  world.stderr.write('warning: this confirmation is not of the deletions that are planned now; they are listed below\n')
  return { confirmed: new Map() }
}
