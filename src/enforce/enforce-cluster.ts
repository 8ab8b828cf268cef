import type { ObjectOutcome } from '../apply/change-set.ts'
import { computeBackoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { createPool, type Pool } from '../base/pool.ts'
import { toListedRef } from '../drift/observe.ts'
import { PART_OF_LABEL } from '../inventory/apply-set.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { createKeptLease } from '../inventory/kept-lease.ts'
import { readBypass } from '../inventory/lease.ts'
import type { KubeClient, ListAddress } from '../kube/client.ts'
import { type ObjectRef, parseRefKey, toGroupKind, toRef, toRefKey } from '../kube/object.ts'
import { createWatchingClient, type ListedChange } from '../kube/watched-lists.ts'
import { listWritten, type Plan } from '../plan/plan.ts'
import type { DesiredCluster } from '../render/desired.ts'
import { compactMetadata, isWordy } from './compact-metadata.ts'
import type { ClusterDiff } from './diff-cluster.ts'
import type { ReconcileEvent } from './events.ts'
import { createFights } from './fights.ts'
import { createLedger, type Ledger } from './ledger.ts'
import {
  type ReconcileDeps,
  type ReconcileRequest,
  type ReconcileResult,
  reconcileCluster,
} from './reconcile-cluster.ts'
import { createTraces } from './traces.ts'

/** The world of a cluster that is enforced. */
export type EnforceDeps = {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: () => number
  /** Who writes, unique to the process. */
  readonly holder: string
  /** The name the cluster is marked with as enforced by it. */
  readonly enforcer: string
  readonly lockWaitMs: number
  readonly emit: (event: ReconcileEvent) => void
  readonly beforeWrite?: ReconcileDeps['beforeWrite']
  /** A whole pass is due before its time: what happened is more than a touched object. */
  readonly onTrouble: (error: unknown) => void
  /** What is recorded of objects changed. */
  readonly onRecorded?: () => void
  /** What clusters that are alike hold together; by default this one is alone. */
  readonly pool?: Pool
}

/** One cluster under watch: whole passes when they are asked for, and touched objects at once in between. */
export type EnforcedCluster = AsyncDisposable & {
  /** A whole pass. What is touched meanwhile and from then on is looked at, and healed, at once. */
  readonly reconcile: (
    request: Omit<ReconcileRequest, 'only'>,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<ReconcileResult>
  /** What a sync would do, asked of the server by dry run. Nothing of it is told or recorded. */
  readonly diff: (desired: DesiredCluster, options: { readonly signal: AbortSignal }) => Promise<ClusterDiff>
  /** What is recorded of its objects now. */
  readonly inventories: () => ReadonlyMap<string, Inventory>
  /** Looks at these objects again, at once. */
  readonly touch: (refs: Iterable<ObjectRef>) => void
}

/** Touched objects are looked at in so many passes side by side. */
const PASSES = 64
/** What was recorded of healed objects is stored after this time, once for many. */
const FLUSH_MS = 2_000
const RETRY = { initialMs: 500, maxMs: 300_000 }

/**
 * Keeps one cluster under watch. Nothing depends on which event came: a touched object is only a key, and what is done
 * about it is decided from what is there. Objects that could not be healed are tried again, at growing intervals.
 */
export const enforceCluster = (deps: EnforceDeps): EnforcedCluster => {
  const { clock } = deps
  const stop = new AbortController()
  const { signal } = stop
  const { pool = createPool() } = deps
  const stored = createLedger(deps.client, { deferred: true, pool })
  const ledger: Ledger = {
    ...stored,
    record: async (component, change, options) => {
      await stored.record(component, change, options)
      deps.onRecorded?.()
      release([...(change.set ?? [])].map(({ ref }) => ref).concat([...(change.remove ?? [])]))
    },
  }
  const lease = createKeptLease(
    { client: deps.client, clock, holder: deps.holder },
    { waitMs: deps.lockWaitMs, enforcer: deps.enforcer },
  )
  const touched = new Set<string>()
  const inFlight = new Set<string>()
  const running = new Map<Promise<void>, readonly string[]>()
  /** What a whole pass is writing and has not recorded yet: looked at now, its own new version would be taken for drift. */
  const writing = new Set<string>()
  const attempts = new Map<string, number>()
  const ending = new Set<string>()
  const fights = createFights(deps.random)
  const traces = createTraces()
  let known: Known | undefined
  let isFlushing = false
  let bypassed: string | undefined

  const client = createWatchingClient(deps.client, {
    isWatched: (address) => known !== undefined && isWatched(address, known, ledger.current()),
    onChange: (change) => {
      note(change)
    },
    onLost: (_, error) => deps.onTrouble(error),
    keep: (object, resource, isNew) => {
      const ref = toListedRef(object, resource)
      if (!isNew && !isWordy(object)) return object
      if (!isNew && !isRecorded(ref, object.metadata.resourceVersion)) return object
      return compactMetadata(object, ledger.find(toRefKey(ref)), pool)
    },
    pool,
    signal,
  })
  const passDeps = {
    client,
    clock,
    holder: deps.holder,
    lockWaitMs: deps.lockWaitMs,
    emit: deps.emit,
    ledger,
    traceOf: (ref: ObjectRef) => traces.get(toRefKey(ref)),
    ...(deps.beforeWrite ? { beforeWrite: deps.beforeWrite } : {}),
  }

  const note = ({ type, object, resource }: ListedChange): void => {
    const ref = { ...toRef(object), group: resource.group, kind: resource.kind }
    if (toGroupKind(ref) === 'Namespace') {
      if (object.metadata.deletionTimestamp && type !== 'DELETED') ending.add(ref.name)
      // What was in it went before it, and can come back only now.
      else if (ending.delete(ref.name) || type === 'DELETED') touch(listMembers(ref.name))
    }
    const key = toRefKey(ref)
    if (isRecorded(ref, object.metadata.resourceVersion) && type !== 'DELETED') {
      traces.forget(key)
      return
    }
    // The next write may merge away, or take out, what this one tells of who did it.
    if (type === 'DELETED') traces.forget(key)
    else if (isOfInterest(ref)) traces.note(key, object)
    touch([ref])
  }
  /** Our own writes come back as events. */
  const isRecorded = (ref: ObjectRef, resourceVersion: string | undefined): boolean => {
    const { fingerprint } = ledger.find(toRefKey(ref)) ?? {}
    return fingerprint !== undefined && fingerprint.resourceVersion === resourceVersion
  }
  const listMembers = (namespace: string): ObjectRef[] =>
    [...ledger.current().values()].flatMap(({ entries }) =>
      [...entries.values()].map(({ ref }) => ref).filter((ref) => ref.namespace === namespace),
    )
  const isOfInterest = (ref: ObjectRef): boolean =>
    known?.claimed.has(toGroupKind(ref)) === true || ledger.find(toRefKey(ref)) !== undefined

  const touch = (refs: Iterable<ObjectRef>): void => {
    for (const ref of refs) if (isOfInterest(ref)) touched.add(toRefKey(ref))
    // After what came with the same packet.
    if (touched.size > 0) setImmediate(startPass)
  }

  const startPass = (): void => {
    if (!known || signal.aborted || running.size >= PASSES) return
    const keys = [...touched].filter(
      (key) => !inFlight.has(key) && !writing.has(key) && !ending.has(parseRefKey(key).namespace ?? ''),
    )
    for (const key of keys) {
      touched.delete(key)
      inFlight.add(key)
    }
    const now = clock.now()
    const [quiet, open] = partition(keys, (key) => fights.waitMs(key, now) > 0)
    run(open, known.desired, true)
    run(quiet, known.desired, false)
    for (const key of quiet) void sleep(fights.waitMs(key, now)).then(() => touch([parseRefKey(key)]))
  }

  const run = (keys: readonly string[], desired: DesiredCluster, heal: boolean): void => {
    if (keys.length === 0) return
    const pass = runPass(new Set(keys), desired, heal).finally(() => {
      running.delete(pass)
      for (const key of keys) inFlight.delete(key)
      startPass()
    })
    running.set(pass, keys)
  }

  const runPass = async (only: ReadonlySet<string>, desired: DesiredCluster, heal: boolean): Promise<void> => {
    try {
      const result = await reconcileCluster(
        { desired, mode: 'heal', only, ...(heal ? {} : { dryRun: true }) },
        { ...passDeps, takeLease },
        { signal },
      )
      scheduleFlush()
      const failed = new Set(
        result.outcomes
          .filter(({ actuation, skip }) => actuation === 'failed' || skip?.reason === 'terminating')
          .map(({ ref }) => toRefKey(ref)),
      )
      for (const key of only) if (!failed.has(key)) attempts.delete(key)
      retry(failed)
      touch(listOvertaken(result.plan, result.outcomes))
      if (heal) noteFights(result)
    } catch (error) {
      if (!signal.aborted) deps.onTrouble(error)
    }
  }

  /** Takes what a whole pass is about to write out of the hands of those that look at touched objects. */
  const reserve: NonNullable<ReconcileDeps['beforeWrite']> = async (plan) => {
    for (const key of listWritten(plan)) writing.add(key)
    await Promise.all([...running].flatMap(([pass, own]) => (own.some((key) => writing.has(key)) ? [pass] : [])))
    const end = await deps.beforeWrite?.(plan)
    return async (result) => {
      writing.clear()
      startPass()
      await end?.(result)
      touch(listOvertaken(plan, result.outcomes))
    }
  }

  const release = (refs: readonly ObjectRef[]): void => {
    for (const ref of refs) {
      writing.delete(toRefKey(ref))
      if (!touched.has(toRefKey(ref))) traces.forget(toRefKey(ref))
    }
    if (touched.size > 0) setImmediate(startPass)
  }

  const noteBypass = async (call: { readonly signal: AbortSignal }): Promise<void> => {
    const found = await readBypass(deps.client, call)
    if (!found || found.time === bypassed || !known) return
    bypassed = found.time
    deps.emit({ cluster: known.desired.cluster, type: 'bypassed', bypass: found })
  }

  /** Whoever had the lease before may have gone past the hub. */
  const takeLease: NonNullable<ReconcileDeps['takeLease']> = async (options) => {
    const taken = await lease.take(options)
    if (taken.isNew) await noteBypass({ signal })
    return taken
  }

  const noteFights = ({ cluster, findings, outcomes }: ReconcileResult): void => {
    const undone = new Set(outcomes.filter(({ actuation }) => actuation === 'done').map(({ ref }) => toRefKey(ref)))
    const healed = findings.filter(({ object }) => undone.has(toRefKey(object)))
    for (const fight of fights.note(healed, clock.now())) deps.emit({ cluster, type: 'fight', fight })
  }

  const retry = (keys: ReadonlySet<string>): void => {
    for (const key of keys) {
      const attempt = attempts.get(key) ?? 0
      attempts.set(key, attempt + 1)
      void sleep(computeBackoff(attempt, deps.random, RETRY)).then(() => touch([parseRefKey(key)]))
    }
  }

  const scheduleFlush = (): void => {
    if (isFlushing) return
    isFlushing = true
    void sleep(FLUSH_MS).then(async () => {
      isFlushing = false
      if (signal.aborted) return
      try {
        await ledger.flush({ signal })
      } catch (error) {
        if (!signal.aborted) deps.onTrouble(error)
      }
    })
  }

  /** Ends early, and quietly, with the cluster's watch. */
  const sleep = (ms: number): Promise<void> => clock.sleep(ms, { signal }).catch(() => undefined)

  return {
    reconcile: async (request, options = {}) => {
      const call = { signal: options.signal ? AbortSignal.any([options.signal, signal]) : signal }
      known = toKnown(request.desired)
      await noteBypass(call)
      const leave = fights.listQuiet(clock.now())
      const result = await reconcileCluster(
        { ...request, leave },
        { ...passDeps, beforeWrite: reserve, takeLease },
        call,
      )
      scheduleFlush()
      return result
    },
    diff: async (desired, options) => {
      const { diffCluster } = await import('./diff-cluster.ts')
      return diffCluster({ desired }, { ...passDeps, emit: () => undefined }, options)
    },
    inventories: ledger.current,
    touch,
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the cluster is not enforced any more'))
      await Promise.all(running.keys())
      // What is not stored is found out again by reading: it must not hold up the end.
      await Promise.allSettled([ledger.flush({ signal: AbortSignal.timeout(5_000) })])
      await Promise.allSettled([lease[Symbol.asyncDispose]()])
    },
  }
}

/** What was to be written and was found right by then: what was found of it before does not hold any more. */
const listOvertaken = (plan: Plan, outcomes: readonly ObjectOutcome[]): ObjectRef[] => {
  const written = listWritten(plan)
  return outcomes.flatMap(({ ref, action }) => (action === 'unchanged' && written.has(toRefKey(ref)) ? [ref] : []))
}

const partition = <Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] => [
  items.filter(isFirst),
  items.filter((item) => !isFirst(item)),
]

/** What Git says of a cluster, and what is to be watched for it. */
type Known = {
  readonly desired: DesiredCluster
  /** Kinds of which every object matters, whoever made it. */
  readonly claimed: ReadonlySet<string>
  /** Kinds that Git states objects of. */
  readonly stated: ReadonlySet<string>
}

const toKnown = (desired: DesiredCluster): Known => ({
  desired,
  claimed: new Set(desired.components.flatMap(({ policy }) => policy.exclusive.map((scope) => toGroupKind(scope)))),
  stated: new Set(
    desired.components.flatMap(({ objects }) => objects.map(({ manifest }) => toGroupKind(toRef(manifest)))),
  ),
})

/** What is ours is watched by its label, of kinds that we know objects of; claimed kinds are watched whole. */
const isWatched = (
  { resource, labelSelector, fieldSelector, namespace, limit }: ListAddress,
  { claimed, stated }: Known,
  inventories: ReadonlyMap<string, Inventory>,
): boolean => {
  if (fieldSelector !== undefined || limit !== undefined) return false
  const kind = toGroupKind(resource)
  if (labelSelector === undefined) return claimed.has(kind)
  if (labelSelector !== PART_OF_LABEL || namespace !== undefined) return false
  return (
    stated.has(kind) ||
    [...inventories.values()].some(({ entries }) => [...entries.values()].some(({ ref }) => toGroupKind(ref) === kind))
  )
}
