import type { ObjectOutcome } from '../apply/change-set.ts'
import type { Clock } from '../base/clock.ts'
import { toError } from '../base/errors.ts'
import type { Trace } from '../drift/attribution.ts'
import type { Finding, Pending } from '../drift/report.ts'
import { createInventory, type Inventory } from '../inventory/inventory.ts'
import { acquireLease, type WriterLease } from '../inventory/lease.ts'
import { ensureSystemNamespace } from '../inventory/store.ts'
import type { KubeClient } from '../kube/client.ts'
import { type ObjectRef, toRefKey } from '../kube/object.ts'
import type { FleetDeletions } from '../plan/deletion-guard.ts'
import { isWrite, type Plan } from '../plan/plan.ts'
import type { ReconcileMode } from '../plan/plan-object.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { ReconcileEvent } from './events.ts'
import { computeFindings, computePending } from './findings.ts'
import { guardOwnAccess } from './guard-own-access.ts'
import { createLedger, isSameStore, type Ledger } from './ledger.ts'
import { getInventory, type Observation, observeCluster, statesSecrets } from './observe-cluster.ts'
import { planCluster } from './plan-cluster.ts'

/** What a reconcile is given. */
export type ReconcileRequest = {
  readonly desired: DesiredCluster
  readonly mode: ReconcileMode
  /** Look and plan, and write nothing. */
  readonly dryRun?: boolean
  /** Read everything in full, whatever metadata says. */
  readonly deep?: boolean
  /**
   * Only these objects, by their keys, of a cluster whose inventories `deps.ledger` has: what was touched is looked at and
   * healed at once, with no hooks, no waiting, and nothing pruned. For `heal`.
   */
  readonly only?: ReadonlySet<string>
  /** Objects, by their keys, whose drift is told and left: somebody else writes them again and again. */
  readonly leave?: ReadonlySet<string>
  /** The digest of the plan whose deletions a person confirmed. */
  readonly confirmDeletions?: string
  /** What is known of the deletions on the other clusters; absent: this cluster is looked at alone. */
  readonly fleetDeletions?: FleetDeletions
  readonly bypassHub?: boolean
}

/** The world of a reconcile. */
export type ReconcileDeps = {
  readonly client: KubeClient
  readonly clock: Clock
  /** Who writes, unique to the process: the lease carries it. */
  readonly holder: string
  /** How long to wait for another writer. */
  readonly lockWaitMs: number
  readonly emit: (event: ReconcileEvent) => void
  /** Where it outlives this pass; by default it is opened for it. */
  readonly ledger?: Ledger
  /** What watch events told of the managed fields of objects that were touched. */
  readonly traceOf?: (ref: ObjectRef) => Trace
  /** The right to write, where it outlives this pass; by default it is taken for it, and a look before that is not trusted. */
  /** Called with a plan before anything of it is written, and what it gives with what became of it: for a trail. */
  readonly beforeWrite?: (plan: Plan) => Promise<(end: WriteEnd) => Promise<void>>
  readonly takeLease?: (options: { readonly signal?: AbortSignal }) => Promise<KeptWriterLease>
}

/** What becomes of a plan: told when its end is known. */
export type WriteEnd = { readonly outcomes: readonly ObjectOutcome[]; readonly error?: Error }

/** A lease that may have been held since before the pass: then nobody else wrote. */
export type KeptWriterLease = WriterLease & { readonly isNew: boolean }

/** What a reconcile gives. */
export type ReconcileResult = {
  readonly cluster: string
  /** What differed before it acted. */
  readonly findings: readonly Finding[]
  /** Findings that were left to components whose drift is ignored. */
  readonly ignored: number
  readonly pending: readonly Pending[]
  readonly plan: Plan
  readonly outcomes: readonly ObjectOutcome[]
  readonly warnings: readonly string[]
  /** What could not be looked at, one sentence a reason: of these objects it is not known whether they drifted. */
  readonly unread: readonly string[]
  readonly requests: number
  readonly millis: number
  readonly requeueAfterMs: number
}

/** What was seen of a cluster, and what follows from it. */
type Look = {
  readonly observation: Observation
  readonly plan: Plan
  readonly found: ReturnType<typeof computeFindings>
}

const DEFAULT_INTERVAL_MS = 600_000

/**
 * One pass over one cluster: look, decide, and (unless it is a dry run) act. `sync`, `drift` and a hub are this function.
 * It may be killed at any await: the next pass finishes the work. Writers are serialised by a lease, which is only taken
 * where there is something to write, so that a pass over a cluster that is in sync sends no write at all.
 */
export const reconcileCluster = async (
  request: ReconcileRequest,
  deps: ReconcileDeps,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ReconcileResult> => {
  const { desired, mode } = request
  const { client, clock } = deps
  const started = clock.now().getTime()
  const requestsBefore = client.requestCount()
  const clientFor = createClientPicker(desired, client)
  const ledger = deps.ledger ?? createLedger(client)
  const look = async (signal: AbortSignal | undefined): Promise<Look> => {
    const observation = await observeCluster(
      desired,
      { client, clientFor, ledger },
      {
        ...(signal ? { signal } : {}),
        ...(request.deep ? { deep: true } : {}),
        ...(request.only ? { only: request.only } : {}),
      },
    )
    const planned = planCluster(desired, observation, {
      mode,
      ...(request.confirmDeletions ? { confirmed: request.confirmDeletions } : {}),
      ...(request.fleetDeletions ? { fleetDeletions: request.fleetDeletions } : {}),
    })
    const { discovery } = observation
    const plan = await guardOwnAccess(
      leaveAlone(planned, request.leave),
      { client, discovery },
      signal ? { signal } : {},
    )
    deps.emit({
      cluster: desired.cluster,
      type: 'observed',
      objects: observation.judged.size,
      suspects: countSuspects(observation),
    })
    const found = computeFindings(desired, observation, deps.traceOf)
    deps.emit({
      cluster: desired.cluster,
      type: 'found',
      findings: found.findings,
      ...(found.warnings.length > 0 ? { warnings: found.warnings } : {}),
      ...(request.only ? { only: request.only } : {}),
    })
    return { observation, plan, found }
  }

  const first = await look(options.signal)
  const report = ({ observation, plan, found }: Look, outcomes: readonly ObjectOutcome[]): ReconcileResult => ({
    cluster: desired.cluster,
    ...found,
    pending: computePending(desired, plan, observation),
    plan,
    outcomes,
    warnings: [...found.warnings, ...listWarnings(desired, observation), ...listRisks(desired, plan)],
    unread: listUnread(observation),
    requests: client.requestCount() - requestsBefore,
    millis: clock.now().getTime() - started,
    requeueAfterMs: Math.min(DEFAULT_INTERVAL_MS, ...desired.components.map(({ policy }) => policy.intervalMs)),
  })
  if (request.dryRun || !hasWork(request, first)) return report(first, listUnchanged(first.plan))

  // Not before there is something to write: its libraries would take a tenth of the time of a look.
  const { carryOut } = await import('./carry-out.ts')
  await using lease = await (deps.takeLease?.(options) ?? takeLease(request, deps, options))
  const signal = options.signal ? AbortSignal.any([options.signal, lease.lost]) : lease.lost
  const before = first.observation.key
  const needsKey = before === undefined && statesSecrets(desired)
  const key = lease.isNew || needsKey ? await ledger.key({ create: statesSecrets(desired), signal }) : before
  // What another writer did while the lease was his is not in what was seen; nor is a key that was only now made.
  const isCurrent =
    key?.equals(before ?? Buffer.of()) !== false &&
    (!lease.isNew || isSame(first.observation.inventories, await ledger.load({ signal })))
  const last = isCurrent ? first : await look(signal)
  const end = await deps.beforeWrite?.(last.plan)
  const done: ObjectOutcome[] = []
  const emit = (event: ReconcileEvent): void => {
    if (event.type === 'objectDone') done.push(event.outcome)
    deps.emit(event)
  }
  let outcomes: ObjectOutcome[]
  try {
    const observation = { ...last.observation, key }
    outcomes = await carryOut(
      { desired, observation, plan: last.plan, mode, ...(request.only ? { isTouchUp: true } : {}) },
      { ...deps, clientFor, ledger, emit },
      signal,
    )
  } catch (error) {
    await end?.({ outcomes: done, error: toError(error) })
    throw error
  }
  await end?.({ outcomes })
  return report(last, outcomes)
}

const leaveAlone = (plan: Plan, leave: ReadonlySet<string> = new Set()): Plan =>
  leave.size === 0
    ? plan
    : {
        ...plan,
        components: plan.components.map((component) => ({
          ...component,
          objects: component.objects.map((object) => {
            if (object.reason !== 'drift' || !leave.has(toRefKey(object.ref))) return object
            const { reason: _, ...rest } = object
            const message = 'somebody else writes it again and again: it is left alone for a while'
            return { ...rest, action: 'skip' as const, skip: { reason: 'reportOnly' as const, message } }
          }),
        })),
      }

const takeLease = async (
  { desired, bypassHub }: ReconcileRequest,
  { client, clock, holder, lockWaitMs, emit }: ReconcileDeps,
  options: { readonly signal?: AbortSignal },
): Promise<KeptWriterLease> => {
  await ensureSystemNamespace(client, options)
  const onWaiting = (by: string): void => emit({ cluster: desired.cluster, type: 'locked', holder: by })
  const lease = await acquireLease(
    { client, clock, holder, onWaiting },
    { waitMs: lockWaitMs, ...(bypassHub ? { bypassHub: true } : {}), ...options },
  )
  return { ...lease, isNew: true }
}

/** The client for a component: as its service account where it has one. */
export const createClientPicker = (
  desired: DesiredCluster,
  client: KubeClient,
): ((component: string) => KubeClient) => {
  const byAccount = new Map<string, KubeClient>()
  const accounts = new Map(desired.components.map(({ name, serviceAccount }) => [name, serviceAccount]))
  return (component) => {
    const account = accounts.get(component)
    if (account === undefined) return client
    const known = byAccount.get(account)
    if (known) return known
    const [namespace = '', name = ''] = account.split('/')
    const impersonated = client.impersonate({ user: `system:serviceaccount:${namespace}:${name}` })
    byAccount.set(account, impersonated)
    return impersonated
  }
}

const countSuspects = ({ judged }: Observation): number =>
  [...judged.values()].filter(({ observed }) => observed.state === 'suspect').length

const hasWork = ({ desired, only }: ReconcileRequest, { plan, observation }: Look): boolean =>
  observation.recovered > 0 ||
  plan.components.some(({ objects }) =>
    objects.some((object) => isWrite(object) || object.skip?.reason === 'replaced'),
  ) ||
  // What was not Current is waited for again, by components that wait.
  (!only &&
    desired.components.some(
      ({ name, policy }) =>
        policy.waitMs > 0 && [...getInventory(observation, name).entries.values()].some(({ unready }) => unready),
    ))

const listUnchanged = (plan: Plan): ObjectOutcome[] =>
  plan.components.flatMap(({ objects }) =>
    objects.map(({ ref, component, action, reason, skip }) => ({
      ref,
      component,
      action,
      ...(reason ? { reason } : {}),
      ...(skip ? { skip } : {}),
      actuation: skip ? ('skipped' as const) : action === 'unchanged' ? ('done' as const) : ('pending' as const),
    })),
  )

const isSame = (seen: ReadonlyMap<string, Inventory>, now: ReadonlyMap<string, Inventory>): boolean =>
  seen.size === now.size &&
  [...seen].every(([component, inventory]) => isSameStore(inventory, now.get(component) ?? createInventory(component)))

const listUnread = ({ judged }: Observation): string[] => {
  const unread = [...judged.values()].filter(({ observed }) => observed.error !== undefined)
  const byComponent = Map.groupBy(unread, ({ subject }) => subject.component)
  return [...byComponent].map(([component, objects]) => {
    const count = objects.length === 1 ? '1 object' : `${objects.length} objects`
    return `${count} of component ${component} could not be read: ${objects[0]?.observed.error?.message}`
  })
}

/** What grants let people do that is dangerous, where something of them goes out. */
const listRisks = (desired: DesiredCluster, plan: Plan): string[] => {
  const written = new Set(
    plan.components.flatMap(({ name, objects }) =>
      objects.some(({ reason }) => reason === 'new' || reason === 'gitAhead') ? [name] : [],
    ),
  )
  return desired.components.flatMap(({ name, grant }) =>
    written.has(name) ? (grant?.risks ?? []).map((risk) => `component ${name}: ${risk}`) : [],
  )
}

const listWarnings = (desired: DesiredCluster, { discovery, recovered, subjects }: Observation): string[] => [
  ...discovery.stale.map(
    (api) =>
      `the backend of ${api} does not answer: its objects are unknown, and namespaces cannot finish being deleted`,
  ),
  ...(recovered > 0 ? [`the inventory was lost: ${recovered} objects were found by their labels`] : []),
  ...subjects.duplicates.map(({ error }) => error.message),
  ...desired.components.flatMap(({ name, warnings }) => warnings.map((warning) => `component ${name}: ${warning}`)),
]
