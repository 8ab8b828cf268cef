import type { ObjectOutcome } from '../apply/change-set.ts'
import { type ReconcileRequest, type ReconcileResult, reconcileCluster } from '../enforce/reconcile-cluster.ts'
import { toRefKey } from '../kube/object.ts'
import { countDeferred, countFleetDeletions, type FleetDeletions, keepDeferred } from '../plan/deletion-guard.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { FleetSession } from '../render/fleet-session.ts'
import { type ClusterRun, type RunOptions, runClusters } from './run-clusters.ts'
import type { World } from './world.ts'

/** What every cluster of a sync is asked, and by whom. */
export type SyncClustersRequest = {
  readonly toDesired: (desired: DesiredCluster) => DesiredCluster
  readonly dryRun: boolean
  readonly bypassHub: boolean
  readonly holder: string
  /** The digests that were confirmed, by cluster, and what they were confirmed of. */
  readonly confirmed: ReadonlyMap<string, string>
  readonly fleetDeletions?: FleetDeletions
}

/** What became of a sync. */
export type SyncedClusters = {
  readonly runs: readonly ClusterRun<ReconcileResult>[]
  /** Set where all deletions together are too many to go ahead unasked. */
  readonly fleetDeletions?: FleetDeletions
}

/**
 * Syncs clusters side by side. Deletions come last: those that every cluster alone would let pass are counted over the
 * fleet first, and only clusters that have some are gone to again. No cluster waits for another one but with these.
 */
export const syncClusters = async (
  session: FleetSession,
  request: SyncClustersRequest,
  options: RunOptions,
  world: World,
): Promise<SyncedClusters> => {
  const { clusters, deletionGuard } = session.fleet
  const run = (of: FleetSession, fleetDeletions: FleetDeletions | undefined) =>
    runClusters(
      of,
      async ({ desired, deps }, call) => {
        const digest = request.confirmed.get(desired.cluster)
        const known = digest === undefined ? fleetDeletions : request.fleetDeletions
        const asked: ReconcileRequest = {
          desired: request.toDesired(desired),
          mode: 'sync',
          ...(request.dryRun ? { dryRun: true } : {}),
          ...(digest === undefined ? {} : { confirmDeletions: digest }),
          ...(request.bypassHub ? { bypassHub: true } : {}),
          ...(known === undefined ? {} : { fleetDeletions: known }),
        }
        const result = await reconcileCluster(asked, { ...deps, holder: request.holder }, call)
        return { ...result, plan: keepDeferred(result.plan) }
      },
      options,
      world,
    )
  const first = await run(session, clusters.length > 1 ? { type: 'defer' } : undefined)
  const deferred = new Set(
    first.flatMap((one) => (one.type === 'done' && countDeferred(one.result.plan) > 0 ? [one.name] : [])),
  )
  if (deferred.size === 0 || world.signal.aborted) return { runs: first }
  const fleetDeletions = countFleetDeletions(
    first.flatMap((one) =>
      one.type === 'done' ? [{ deferred: countDeferred(one.result.plan), owned: one.result.plan.owned }] : [],
    ),
    deletionGuard,
  )
  const left = clusters.filter(({ name }) => deferred.has(name))
  const second = await run({ ...session, fleet: { ...session.fleet, clusters: left } }, fleetDeletions)
  const byName = new Map(second.map((one) => [one.name, one]))
  return {
    runs: first.map((one) => joinRuns(one, byName.get(one.name))),
    ...(fleetDeletions === undefined ? {} : { fleetDeletions }),
  }
}

/** Both visits to a cluster as one: what the first did, but for what it left to the second. */
const joinRuns = (
  first: ClusterRun<ReconcileResult>,
  second: ClusterRun<ReconcileResult> | undefined,
): ClusterRun<ReconcileResult> => {
  if (second === undefined || first.type === 'failed') return first
  const report = {
    ...second.report,
    requests: first.report.requests + second.report.requests,
    millis: first.report.millis + second.report.millis,
  }
  if (second.type === 'failed') return { ...second, report }
  const outcomes = new Map<string, ObjectOutcome>()
  for (const outcome of [...first.result.outcomes, ...second.result.outcomes]) {
    const key = `${outcome.component} ${toRefKey(outcome.ref)}`
    const known = outcomes.get(key)
    if (known === undefined || known.skip?.reason === 'deferred' || outcome.actuation === 'failed')
      outcomes.set(key, outcome)
  }
  const warnings = [...new Set([...first.result.warnings, ...second.result.warnings])]
  return { ...second, report, result: { ...second.result, outcomes: [...outcomes.values()], warnings } }
}
