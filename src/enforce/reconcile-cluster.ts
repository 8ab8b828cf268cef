import type { ObjectOutcome } from '../apply/change-set.ts'
import type { Clock } from '../base/clock.ts'
import type { Finding, Pending } from '../drift/report.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { acquireLease } from '../inventory/lease.ts'
import { ensureSystemNamespace, readInventories, readSecretKey } from '../inventory/store.ts'
import type { KubeClient } from '../kube/client.ts'
import type { FleetDeletions } from '../plan/deletion-guard.ts'
import type { Plan } from '../plan/plan.ts'
import type { ReconcileMode } from '../plan/plan-object.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { ReconcileEvent } from './events.ts'
import { computeFindings, computePending } from './findings.ts'
import { guardOwnAccess } from './guard-own-access.ts'
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
}

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
type Look = { readonly observation: Observation; readonly plan: Plan }

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
  const look = async (signal: AbortSignal | undefined): Promise<Look> => {
    const observation = await observeCluster(
      desired,
      { client, clientFor },
      { ...(signal ? { signal } : {}), ...(request.deep ? { deep: true } : {}) },
    )
    const planned = planCluster(desired, observation, {
      mode,
      ...(request.confirmDeletions ? { confirmed: request.confirmDeletions } : {}),
      ...(request.fleetDeletions ? { fleetDeletions: request.fleetDeletions } : {}),
    })
    const { discovery } = observation
    const plan = await guardOwnAccess(planned, { client, discovery }, signal ? { signal } : {})
    deps.emit({
      cluster: desired.cluster,
      type: 'observed',
      objects: observation.judged.size,
      suspects: countSuspects(observation),
    })
    return { observation, plan }
  }

  const first = await look(options.signal)
  const report = ({ observation, plan }: Look, outcomes: readonly ObjectOutcome[]): ReconcileResult => ({
    cluster: desired.cluster,
    ...computeFindings(desired, observation),
    pending: computePending(desired, plan, observation),
    plan,
    outcomes,
    warnings: [...listWarnings(desired, observation), ...listRisks(desired, plan)],
    unread: listUnread(observation),
    requests: client.requestCount() - requestsBefore,
    millis: clock.now().getTime() - started,
    requeueAfterMs: Math.min(DEFAULT_INTERVAL_MS, ...desired.components.map(({ policy }) => policy.intervalMs)),
  })
  if (request.dryRun || !hasWork(desired, first)) return report(first, listUnchanged(first.plan))

  // Not before there is something to write: its libraries would take a tenth of the time of a look.
  const { carryOut } = await import('./carry-out.ts')
  await ensureSystemNamespace(client, options)
  await using lease = await acquireLease(
    {
      client,
      clock,
      holder: deps.holder,
      onWaiting: (holder) => deps.emit({ cluster: desired.cluster, type: 'locked', holder }),
    },
    { waitMs: deps.lockWaitMs, ...(request.bypassHub ? { bypassHub: true } : {}), ...options },
  )
  const signal = options.signal ? AbortSignal.any([options.signal, lease.lost]) : lease.lost
  const key = await readSecretKey(client, { create: statesSecrets(desired), signal })
  // What another writer did while the lease was his is not in what was seen; nor is a key that was only now made.
  const isCurrent =
    isSameStore(first.observation.inventories, await readInventories(client, { signal })) &&
    key?.equals(first.observation.key ?? Buffer.of()) !== false
  const last = isCurrent ? first : await look(signal)
  const outcomes = await carryOut(
    { desired, observation: { ...last.observation, key }, plan: last.plan, mode },
    { ...deps, clientFor },
    signal,
  )
  return report(last, outcomes)
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

const hasWork = (desired: DesiredCluster, { plan, observation }: Look): boolean =>
  observation.recovered > 0 ||
  plan.components.some(({ objects }) =>
    objects.some(
      ({ action, skip }) =>
        action === 'create' || action === 'configure' || action === 'delete' || skip?.reason === 'replaced',
    ),
  ) ||
  // What was not Current is waited for again, by components that wait.
  desired.components.some(
    ({ name, policy }) =>
      policy.waitMs > 0 && [...getInventory(observation, name).entries.values()].some(({ unready }) => unready),
  )

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

const isSameStore = (seen: ReadonlyMap<string, Inventory>, now: ReadonlyMap<string, Inventory>): boolean => {
  const versions = (inventories: ReadonlyMap<string, Inventory>): string =>
    [...inventories.values()]
      .flatMap(({ stored }) => stored.map(({ name, resourceVersion }) => `${name}@${resourceVersion}`))
      .sort()
      .join()
  return versions(seen) === versions(now)
}

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
