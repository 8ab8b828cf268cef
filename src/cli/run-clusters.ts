import { toError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { createSlots } from '../base/slots.ts'
import { connectCluster, createProviders, discoverInTime } from '../clusters/connect-cluster.ts'
import { compareShape } from '../clusters/existing/compare-shape.ts'
import type { ClusterReport } from '../drift/report.ts'
import type { ReconcileEvent } from '../enforce/events.ts'
import type { ReconcileDeps } from '../enforce/reconcile-cluster.ts'
import { renderDesired } from '../enforce/render-desired.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { FleetSession } from '../render/fleet-session.ts'
import { isUnreachable } from './exit-code.ts'
import { type ClusterOptions, parseDurationOption } from './options.ts'
import { VERSION } from './version.ts'
import type { World } from './world.ts'

/** A cluster that answered, and what Git says of it. */
export type ConnectedCluster = {
  readonly cluster: ResolvedCluster
  readonly desired: DesiredCluster
  readonly discovery: Discovery
  readonly deps: ReconcileDeps
}

/** What became of the work on one cluster. */
export type ClusterRun<Result> =
  | { readonly type: 'done'; readonly name: string; readonly report: ClusterReport; readonly result: Result }
  | { readonly type: 'failed'; readonly name: string; readonly report: ClusterReport; readonly error: Error }

/** How clusters are worked on. */
export type RunOptions = ClusterOptions & { readonly emit?: (event: ReconcileEvent) => void }

/** At work at a time: what this machine and one renderer can do. */
const WORKING = 12
/** Connected to ahead of the work: more would only hold memory, and wait until their connections are closed. */
const AHEAD = 24
/** One that takes longer to answer is no longer counted among those, so that a slow cluster holds nobody up. */
const SLOW_MS = 1_000
/** At most, of all together. */
const CONNECTING = 256
/** Of all connections together; a single cluster may have 32. */
const CONNECTIONS = 256

/**
 * Connects to every cluster of the session, renders what Git says of it, and runs `work`. A cluster that cannot be
 * reached, or whose work fails, is reported and keeps nobody else waiting. The results are in the order of the clusters.
 */
export const runClusters = async <Result>(
  session: FleetSession,
  work: (connected: ConnectedCluster, options: { readonly signal: AbortSignal }) => Promise<Result>,
  options: RunOptions,
  world: World,
): Promise<ClusterRun<Result>[]> => {
  const { clusters } = session.fleet
  const connectDeps = { ...world, userAgent: `lockstep/${VERSION}` }
  const { kubeconfig, allowExec } = options
  const providers = createProviders(
    {
      fleetFolder: session.directory,
      home: world.home,
      ...(kubeconfig ? { kubeconfig } : {}),
      ...(allowExec ? { allowExec } : {}),
    },
    connectDeps,
  )
  const slots = createSlots(WORKING)
  const ahead = createSlots(AHEAD)
  const atOnce = Math.min(clusters.length, WORKING + AHEAD)
  const connections = Math.max(2, Math.min(32, Math.floor(CONNECTIONS / Math.max(1, atOnce))))
  const connectTimeoutMs = parseDurationOption(options.connectTimeout ?? '10s', '--connect-timeout')
  const runOne = async (cluster: ResolvedCluster): Promise<ClusterRun<Result>> => {
    const { name } = cluster
    const leaveAhead = await ahead.enter()
    const started = world.clock.now().getTime()
    let client: KubeClient | undefined
    const toReport = (error?: Error): ClusterReport => ({
      name,
      reachable: error === undefined || !isUnreachable(error),
      ...(error ? { error: error.message } : {}),
      requests: client?.requestCount() ?? 0,
      millis: world.clock.now().getTime() - started,
    })
    const slow = setTimeout(leaveAhead, SLOW_MS)
    try {
      const opened = await connectCluster(cluster, providers, connectDeps, {
        connections,
        connectTimeoutMs,
        signal: world.signal,
      })
      client = opened
      await using _closed = opened
      const discovery = await discoverInTime(name, opened, { timeoutMs: connectTimeoutMs, signal: world.signal })
      clearTimeout(slow)
      const leave = await slots.enter()
      leaveAhead()
      try {
        const desired = await renderDesired(
          session,
          cluster,
          { client: opened, discovery, clock: world.clock },
          { signal: world.signal },
        )
        const deps: ReconcileDeps = {
          client: opened,
          clock: world.clock,
          holder: world.holder,
          lockWaitMs: 60_000,
          emit: options.emit ?? (() => undefined),
        }
        const result = await work({ cluster, desired, discovery, deps }, { signal: world.signal })
        const warnings = compareShape(cluster.shape, discovery)
        return { type: 'done', name, report: { ...toReport(), ...(warnings.length > 0 ? { warnings } : {}) }, result }
      } finally {
        leave()
      }
    } catch (thrown) {
      if (world.signal.aborted) return { type: 'failed', name, report: toReport(), error: toError(world.signal.reason) }
      const error = toError(thrown)
      return { type: 'failed', name, report: toReport(error), error }
    } finally {
      clearTimeout(slow)
      leaveAhead()
    }
  }
  return mapLimited(clusters, CONNECTING, runOne)
}
