import type { ApplyContext } from '../apply/apply-object.ts'
import { applyPlan, type ComponentContext } from '../apply/apply-plan.ts'
import type { AppliedObject, ObjectOutcome } from '../apply/change-set.ts'
import { type HookPhase, runHooks } from '../apply/hooks.ts'
import type { Clock } from '../base/clock.ts'
import type { Trace } from '../drift/attribution.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import type { KubeClient } from '../kube/client.ts'
import { compileHealthRules } from '../kube/health.ts'
import { type ObjectRef, toRefKey } from '../kube/object.ts'
import type { Plan, PlannedObject } from '../plan/plan.ts'
import type { ReconcileMode } from '../plan/plan-object.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { ReconcileEvent } from './events.ts'
import { computeFindings } from './findings.ts'
import { rejudgeObject, type Subject } from './judge.ts'
import { type Ledger, mergeLists } from './ledger.ts'
import { getInventory, type Observation } from './observe-cluster.ts'
import { planStated } from './plan-cluster.ts'

/** A plan to be carried out, with what it was made from. */
export type WorkOrder = {
  readonly desired: DesiredCluster
  readonly observation: Observation
  readonly plan: Plan
  readonly mode: ReconcileMode
  /** Some objects only, now: neither hooks are run, nor is waited until they are Current. */
  readonly isTouchUp?: boolean
}

/** What carrying out needs of the world. */
export type CarryOutDeps = {
  readonly client: KubeClient
  readonly clientFor: (component: string) => KubeClient
  readonly clock: Clock
  readonly ledger: Ledger
  readonly traceOf?: (ref: ObjectRef) => Trace
  readonly emit: (event: ReconcileEvent) => void
}

/**
 * Announces in the inventories what is about to be created, carries the plan out, and records what became of it. Killed
 * at any point, what was announced is owned: nothing is orphaned.
 */
export const carryOut = async (order: WorkOrder, deps: CarryOutDeps, signal: AbortSignal): Promise<ObjectOutcome[]> => {
  const { desired, observation, plan } = order
  deps.emit({ cluster: desired.cluster, type: 'planned', ...countActions(plan) })
  if (observation.recovered > 0)
    deps.emit({ cluster: desired.cluster, type: 'recovered', objects: observation.recovered })
  await Promise.all(plan.components.map((component) => announce(component, desired.revision, deps.ledger, signal)))
  const subjects = new Map(observation.subjects.all.map((subject) => [toRefKey(subject.ref), subject]))
  const contexts = new Map<string, ComponentContext>()
  const contextOf = (component: string): ComponentContext => {
    const known = contexts.get(component)
    if (known) return known
    const created = createContext(component, order, { ...deps, subjects }, signal)
    contexts.set(component, created)
    return created
  }
  return applyPlan(
    plan,
    {
      contextOf,
      client: deps.client,
      record: (component, applied) => record(component, applied, desired.revision, deps.ledger, signal),
      emit: (event) => deps.emit({ cluster: desired.cluster, ...event }),
    },
    { signal },
  )
}

const countActions = (plan: Plan): { create: number; configure: number; delete: number } => {
  const objects = plan.components.flatMap((component) => component.objects)
  const count = (action: PlannedObject['action']): number => objects.filter((object) => object.action === action).length
  return { create: count('create'), configure: count('configure'), delete: count('delete') }
}

/** Records in the inventory what is about to be created, or taken over, before it is. */
const announce = async (
  { name, objects }: Plan['components'][number],
  revision: string,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<void> => {
  const { entries, stored } = ledger.read(name)
  const fresh = objects
    .filter(({ action, ref }) => (action === 'create' || action === 'configure') && !entries.has(toRefKey(ref)))
    .map(
      ({ ref, apiVersion, live, reason }): InventoryEntry => ({
        ref,
        apiVersion,
        // An object of somebody else is only ours once it was taken over.
        ...(live?.metadata.uid && reason !== 'adopt' ? { uid: live.metadata.uid } : {}),
      }),
    )
  // A recovered inventory was never stored.
  if (fresh.length > 0 || (entries.size > 0 && stored.length === 0))
    await ledger.announce(name, { set: fresh, revision }, { signal })
}

const record = async (
  component: string,
  applied: readonly AppliedObject[],
  revision: string,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<void> => {
  const { entries } = ledger.read(component)
  const changed = applied.flatMap(({ entry }) => (entry && entries.get(toRefKey(entry.ref)) !== entry ? [entry] : []))
  const remove = applied.flatMap(({ entry, outcome }) =>
    entry === null || outcome.skip?.reason === 'replaced' ? [outcome.ref] : [],
  )
  if (changed.length === 0 && !remove.some((ref) => entries.has(toRefKey(ref)))) return
  await ledger.record(component, { set: changed, remove, lists: mergeLists(applied), revision }, { signal })
}

type ContextDeps = CarryOutDeps & { readonly subjects: ReadonlyMap<string, Subject> }

const createContext = (
  component: string,
  { desired, observation, mode, isTouchUp = false }: WorkOrder,
  deps: ContextDeps,
  signal: AbortSignal,
): ComponentContext => {
  const found = desired.components.find(({ name }) => name === component)
  const client = deps.clientFor(component)
  const hooks = found?.objects.filter(({ hook }) => hook !== undefined) ?? []
  const isInstalled = observation.inventories.has(component)
  const replan = async (object: PlannedObject): Promise<PlannedObject> => {
    const subject = deps.subjects.get(toRefKey(object.ref))
    if (!subject || !found) return object
    const discovery = await client.discover({ signal })
    const { key, isAutoscaled } = observation
    const judged = await rejudgeObject(subject, { client, discovery, key, isAutoscaled }, signal)
    // What somebody wrote meanwhile is undone with the rest, and has to be told like the rest.
    const { findings } = computeFindings(
      desired,
      { judged: new Map([[toRefKey(object.ref), judged]]), unmanaged: [] },
      deps.traceOf,
    )
    deps.emit({ cluster: desired.cluster, type: 'found', findings, only: new Set([toRefKey(object.ref)]) })
    return planStated(judged, found, mode) ?? object
  }
  const context: ComponentContext = {
    client,
    clock: deps.clock,
    revision: desired.revision,
    key: observation.key,
    lists: (ref) => deps.ledger.listsOf(component, ref),
    ignore: found?.policy.ignore ?? [],
    isAutoscaled: observation.isAutoscaled,
    mayReplace: found?.policy.replace ?? false,
    replan,
    signal,
    waitMs: isTouchUp ? 0 : (found?.policy.waitMs ?? 0),
    computeHealth: compileHealthRules(found?.policy.health ?? []),
    unready: [...getInventory(observation, component).entries.values()].flatMap(({ ref, unready }) => {
      const resource = unready ? observation.discovery.find(ref.group, ref.kind) : undefined
      return resource ? [{ ref, resource }] : []
    }),
    runHooks: async (when) => {
      if (!isTouchUp) await runHooks(hooks, `${when}-${isInstalled ? 'upgrade' : 'install'}` as HookPhase, context)
    },
  }
  return context satisfies ApplyContext
}
