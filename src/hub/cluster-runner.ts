import { computeBackoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { isLockstepError, toError } from '../base/errors.ts'
import type { Pool } from '../base/pool.ts'
import type { Slots } from '../base/slots.ts'
import { connectCluster, createProviders, discoverInTime, type ProviderOptions } from '../clusters/connect-cluster.ts'
import type { ClusterDiff } from '../enforce/diff-cluster.ts'
import { type EnforcedCluster, enforceCluster } from '../enforce/enforce-cluster.ts'
import type { ReconcileEvent } from '../enforce/events.ts'
import type { ReconcileDeps, ReconcileRequest, ReconcileResult } from '../enforce/reconcile-cluster.ts'
import { renderDesired } from '../enforce/render-desired.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import { UNREACHABLE_CODES } from '../kube/errors.ts'
import type { ParsedKubeconfigs } from '../kube/kubeconfig.ts'
import { countDeferred, type FleetDeletions } from '../plan/deletion-guard.ts'
import type { Plan } from '../plan/plan.ts'
import type { FleetSession } from '../render/fleet-session.ts'
import type { RolloutCluster } from '../rollout/plan-rollout.ts'
import type { ClusterState } from '../store/clusters.ts'
import { createHubError } from './errors.ts'
import { type Hold, holdBack } from './hold-back.ts'
import type { InventoryRecorder } from './inventory-recorder.ts'
import { judgeComponents } from './judge-components.ts'
import { judgePass } from './judge-pass.ts'
import type { Measure } from './metrics.ts'

/** What a cluster is to be: one revision of the fleet. */
export type Assignment = {
  readonly revision: string
  readonly session: FleetSession
  readonly cluster: ResolvedCluster
}

/** How a cluster is. */
export type RunnerState = RolloutCluster & {
  readonly state: ClusterState
  readonly message?: string
  readonly objects: number
  /** Of Kubernetes, once it was asked. */
  readonly version?: string
  /** The revision with which it was looked at last. */
  readonly looked?: string
  /** Deletions that wait until those of all clusters are counted. */
  readonly deferred?: number
  /** Deletions that wait for a person. */
  readonly confirmation?: NonNullable<Plan['confirmation']>
  /** Requests sent to the cluster so far. */
  readonly requests: number
}

/** What somebody asks of a cluster now, beside what its policies make of it by themselves. */
export type Order = Pick<ReconcileRequest, 'mode' | 'dryRun' | 'deep' | 'confirmDeletions'>

/** The world of a runner. */
export type RunnerDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly holder: string
  readonly hub: string
  readonly userAgent: string
  readonly access: Omit<ProviderOptions, 'fleetFolder'>
  readonly connectTimeoutMs: number
  /** Of whole passes side by side, over all clusters. */
  readonly slots: Slots
  /** Of connections that are being made. */
  readonly connecting: Slots
  /** Kubeconfigs that were parsed for other clusters. */
  readonly parsed: ParsedKubeconfigs
  readonly emit: (event: ReconcileEvent) => void
  readonly beforeWrite: NonNullable<ReconcileDeps['beforeWrite']>
  readonly findHold: (cluster: ResolvedCluster, component: string) => Hold | undefined
  /** What is known of the deletions on the other clusters with a revision. */
  readonly findFleetDeletions: (revision: string) => FleetDeletions | undefined
  /** Called after every pass, and when it could not be done. */
  readonly onState: (state: RunnerState, before: RunnerState) => void
  readonly measure: Measure
  /** What is on clusters, for when they are away. */
  readonly recording: Pick<InventoryRecorder, 'notePass' | 'touch'>
  /** What clusters that are alike hold together. */
  readonly pool: Pool
  readonly onError: (error: Error, cluster: string) => void
}

/** The loop of one cluster. */
export type ClusterRunner = AsyncDisposable & {
  readonly state: () => RunnerState
  /** As `state`, without counting requests: it is looked at again and again, over all clusters. */
  readonly rolloutState: () => RolloutCluster
  /** What the cluster serves, while it is connected. */
  readonly discovery: () => Promise<Discovery | undefined>
  readonly assign: (assignment: Assignment) => void
  /** A pass as it is ordered, in its turn (`HUB_CLUSTER_WAITING` where the cluster was given no revision yet). */
  readonly carryOut: (order: Order) => Promise<ReconcileResult>
  /** What a sync would do, asked of the server by dry run. */
  readonly diff: (options: { readonly signal: AbortSignal }) => Promise<ClusterDiff>
  /** A whole pass now. */
  readonly wake: () => void
}

const RETRY = { initialMs: 2_000, maxMs: 300_000 }
/** After a pass that wrote: kinds that are new on the cluster are watched from the next look on. */
const AGAIN_MS = 500
/** A pass that takes longer waits for something, and keeps no other cluster from its turn. */
const SLOW_MS = 5_000
/** A server that has not answered by then may not answer at all: the next is asked meanwhile. */
const SLOW_CONNECT_MS = 1_000
const LOCK_WAIT_MS = 30_000
const CONNECTIONS = 8

/**
 * Keeps one cluster at its revision: a whole pass when it is assigned, woken or due, one at a time, with growing pauses
 * while it fails. In between its watches see to what is touched. Nothing of it waits for another cluster.
 */
export const runCluster = (name: string, initial: Partial<RunnerState>, deps: RunnerDeps): ClusterRunner => {
  const { clock } = deps
  const stop = new AbortController()
  const { signal } = stop
  let state: RunnerState = { name, labels: {}, state: 'unknown', objects: 0, requests: 0, ...initial }
  let assignment: Assignment | undefined
  let connected: { readonly client: KubeClient; readonly enforced: EnforcedCluster } | undefined
  let failures = 0
  let woken = Promise.withResolvers<void>()
  const orders: Ordered[] = []
  const wake = (): void => woken.resolve()

  const countRequests = (): number => connected?.client.requestCount() ?? state.requests

  const update = (change: Partial<RunnerState>): void => {
    const before = state
    const { message: _, isUnreachable: __, confirmation: ___, deferred: ____, ...kept } = state
    state = { ...kept, requests: countRequests(), ...change }
    deps.onState(state, before)
  }

  const connect = async ({ cluster, session }: Assignment): Promise<NonNullable<typeof connected>> => {
    const providers = createProviders({ ...deps.access, fleetFolder: session.directory }, deps)
    const client = await connectCluster(cluster, providers, deps, {
      connections: CONNECTIONS,
      connectTimeoutMs: deps.connectTimeoutMs,
      signal,
    })
    const enforced = enforceCluster({
      client,
      clock,
      random: deps.random,
      holder: deps.holder,
      enforcer: deps.hub,
      lockWaitMs: LOCK_WAIT_MS,
      emit: (event) => {
        // What it applied stands in the inventory as if it were Git's: only a whole pass puts Git's back.
        if (event.type === 'bypassed') wake()
        deps.emit(event)
      },
      beforeWrite: deps.beforeWrite,
      onRecorded: () => deps.recording.touch(name),
      pool: deps.pool,
      onTrouble: (error) => {
        deps.onError(toError(error), name)
        wake()
      },
    })
    return { client, enforced }
  }

  const disconnect = async (): Promise<void> => {
    const closing = connected
    connected = undefined
    await closing?.enforced[Symbol.asyncDispose]()
    await closing?.client[Symbol.asyncDispose]()
  }

  /** Connected, and answering. */
  const reach = async (now: Assignment): Promise<Reached> => {
    signal.throwIfAborted()
    connected ??= await connect(now)
    const { client } = connected
    // Asked anew each time: kinds come and go, and a cluster that does not answer is found out soon.
    const discovery = await discoverInTime(name, client, { timeoutMs: deps.connectTimeoutMs, refresh: true, signal })
    return { ...connected, discovery }
  }

  /** Renders what Git says now. */
  const prepare = async (now: Assignment, { client, enforced, discovery }: Reached) => {
    const { session, cluster, revision } = now
    const rendered = await renderDesired(session, cluster, { client, discovery, clock }, { signal })
    const fleetDeletions = deps.findFleetDeletions(revision)
    return {
      ...holdBack(rendered, (component) => deps.findHold(cluster, component)),
      enforced,
      guard: fleetDeletions ? { fleetDeletions } : {},
    }
  }

  /** One whole pass; gives the time until the next. */
  const pass = async (now: Assignment, reached: Reached): Promise<number> => {
    const { revision } = now
    const { enforced, desired, hold, guard } = await prepare(now, reached)
    const result = await enforced.reconcile({ desired, mode: 'reconcile', ...guard }, { signal })
    if (assignment !== now) return 0
    const judged = judgePass(result, desired, hold)
    const { cluster } = now
    const components = judgeComponents(result, desired, (component) => deps.findHold(cluster, component))
    deps.recording.notePass(name, components, enforced.inventories)
    failures = judged.isFailed ? failures + 1 : 0
    update({
      state: judged.state,
      objects: result.plan.owned,
      target: revision,
      looked: revision,
      version: reached.discovery.serverVersion,
      ...toDeletions(result.plan),
      ...(judged.isApplied ? { applied: revision } : {}),
      ...(judged.isFailed ? { failed: revision } : {}),
      ...(judged.message === undefined ? {} : { message: judged.message }),
    })
    if (judged.isFailed) return computeBackoff(failures - 1, deps.random, RETRY)
    return hasWritten(result) ? AGAIN_MS : result.requeueAfterMs * (0.9 + 0.2 * deps.random())
  }

  /**
   * A pass in its turn, of a cluster that answers: those that do not keep nobody from his. No more are connected to than
   * have their turn soon, so that none waits for an answer that we have no time to read.
   */
  const inTurn = async <Result>(now: Assignment, task: (reached: Reached) => Promise<Result>): Promise<Result> => {
    const connecting = await enterFor(deps.connecting, SLOW_CONNECT_MS)
    let passing: Place | undefined
    try {
      const reached = await reach(now)
      connecting.stay()
      passing = await enterFor(deps.slots, SLOW_MS)
      connecting.leave()
      signal.throwIfAborted()
      return await task(reached)
    } finally {
      connecting.leave()
      passing?.leave()
    }
  }

  /** Whoever gave it hears how it went; what it means for the cluster, the pass that follows finds out. */
  const obey = async (now: Assignment, { order, done }: Ordered): Promise<void> => {
    try {
      const result = await inTurn(now, async (reached) => {
        const { enforced, desired, guard } = await prepare(now, reached)
        return enforced.reconcile({ desired, ...guard, ...order }, { signal })
      })
      if (!order.dryRun) update(toDeletions(result.plan))
      done.resolve(result)
    } catch (error) {
      done.reject(error)
    }
  }

  const attempt = async (now: Assignment): Promise<number> => {
    try {
      return await inTurn(now, async (reached) => {
        const since = clock.now().getTime()
        const nextMs = await pass(now, reached)
        deps.measure.pass(clock.now().getTime() - since, state.state)
        return nextMs
      })
    } catch (thrown) {
      if (signal.aborted) return 0
      const error = toError(thrown)
      deps.onError(error, name)
      const isAway = !isLockstepError(error) || error.retry === 'transient' || UNREACHABLE_CODES.has(error.code)
      // Its connections, and what is known of it, may be what is wrong.
      if (isAway) await disconnect()
      update({
        state: isAway ? 'unreachable' : 'failed',
        ...(isAway ? { isUnreachable: true } : { failed: now.revision }),
        message: error.message,
      })
      return computeBackoff(failures++, deps.random, RETRY)
    }
  }

  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const now = assignment
      woken = Promise.withResolvers<void>()
      if (!now) {
        await woken.promise
        continue
      }
      const ordered = orders.shift()
      if (ordered) await obey(now, ordered)
      if (orders.length > 0) continue
      const nextMs = await attempt(now)
      if (assignment !== now || orders.length > 0) continue
      const waiting = new AbortController()
      const due = clock.sleep(nextMs, { signal: AbortSignal.any([signal, waiting.signal]) }).catch(() => undefined)
      await Promise.race([due, woken.promise])
      waiting.abort()
    }
  }
  const looping = loop()

  return {
    discovery: async () => connected?.client.discover({ signal }),
    state: () => ({ ...state, requests: countRequests() }),
    rolloutState: () => state,
    assign: (next) => {
      assignment = next
      failures = 0
      update({ labels: next.cluster.labels, target: next.revision, state: state.state, ...keepMessage(state) })
      wake()
    },
    carryOut: async (order) => {
      if (!assignment || signal.aborted) throw createWaitingError(name)
      const done = Promise.withResolvers<ReconcileResult>()
      orders.push({ order, done })
      wake()
      return done.promise
    },
    diff: async (call) => {
      if (!assignment || signal.aborted) throw createWaitingError(name)
      const { enforced, desired } = await prepare(assignment, await reach(assignment))
      return enforced.diff(desired, call)
    },
    wake,
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the hub ends'))
      wake()
      await looping
      for (const { done } of orders.splice(0)) done.reject(signal.reason)
      await disconnect()
    },
  }
}

type Ordered = { readonly order: Order; readonly done: PromiseWithResolvers<ReconcileResult> }

/** A cluster that answers, and what it serves. */
type Reached = { readonly client: KubeClient; readonly enforced: EnforcedCluster; readonly discovery: Discovery }

/** A place that was taken for some time: until it is left, or longer if need be. */
type Place = { readonly leave: () => void; readonly stay: () => void }

const enterFor = async (slots: Slots, ms: number): Promise<Place> => {
  const leave = await slots.enter()
  const slow = setTimeout(leave, ms)
  return {
    leave: () => {
      clearTimeout(slow)
      leave()
    },
    stay: () => clearTimeout(slow),
  }
}

const createWaitingError = (name: string): Error =>
  createHubError('HUB_CLUSTER_WAITING', `cluster ${name} was given no revision yet`, {
    subject: name,
    hint: 'it waits for its turn in the rollout: lockstep cluster list shows how far that is',
  })

/** What of a plan waits: for a person, or for the other clusters. */
const toDeletions = (plan: Plan): Partial<RunnerState> => {
  const deferred = countDeferred(plan)
  return {
    ...(plan.confirmation ? { confirmation: plan.confirmation } : {}),
    ...(deferred > 0 ? { deferred } : {}),
  }
}

const keepMessage = ({ message, isUnreachable }: RunnerState): Partial<RunnerState> => ({
  ...(message === undefined ? {} : { message }),
  ...(isUnreachable ? { isUnreachable } : {}),
})

const hasWritten = ({ outcomes }: ReconcileResult): boolean =>
  outcomes.some(({ action, actuation }) => actuation === 'done' && (action === 'create' || action === 'configure'))
