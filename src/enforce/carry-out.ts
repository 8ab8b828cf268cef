import type { ApplyContext } from '../apply/apply-object.ts'
import { applyPlan, type ComponentContext } from '../apply/apply-plan.ts'
import type { AppliedObject, ObjectOutcome } from '../apply/change-set.ts'
import { type HookPhase, runHooks } from '../apply/hooks.ts'
import type { Clock } from '../base/clock.ts'
import { getListKeys, type Inventory, type InventoryEntry, updateInventory } from '../inventory/inventory.ts'
import { writeInventory } from '../inventory/store.ts'
import type { KubeClient } from '../kube/client.ts'
import { compileHealthRules } from '../kube/health.ts'
import type { ListKeys } from '../kube/managed-fields.ts'
import { type ObjectRef, toRefKey } from '../kube/object.ts'
import type { Plan, PlannedObject } from '../plan/plan.ts'
import type { ReconcileMode } from '../plan/plan-object.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { ReconcileEvent } from './events.ts'
import { rejudgeObject, type Subject } from './judge.ts'
import { getInventory, type Observation } from './observe-cluster.ts'
import { planStated } from './plan-cluster.ts'

/** A plan to be carried out, with what it was made from. */
export type WorkOrder = {
  readonly desired: DesiredCluster
  readonly observation: Observation
  readonly plan: Plan
  readonly mode: ReconcileMode
}

/** What carrying out needs of the world. */
export type CarryOutDeps = {
  readonly client: KubeClient
  readonly clientFor: (component: string) => KubeClient
  readonly clock: Clock
  readonly emit: (event: ReconcileEvent) => void
}

/**
 * Announces in the inventories what is about to be created, carries the plan out, and records what became of it. Killed
 * at any point, what was announced is owned: nothing is orphaned.
 */
export const carryOut = async (order: WorkOrder, deps: CarryOutDeps, signal: AbortSignal): Promise<ObjectOutcome[]> => {
  const { desired, observation, plan } = order
  const ledger = createLedger(observation, desired.revision, deps.client, signal)
  deps.emit({ cluster: desired.cluster, type: 'planned', ...countActions(plan) })
  if (observation.recovered > 0)
    deps.emit({ cluster: desired.cluster, type: 'recovered', objects: observation.recovered })
  await Promise.all(plan.components.map(({ name, objects }) => ledger.announce(name, objects)))
  const subjects = new Map(observation.subjects.all.map((subject) => [toRefKey(subject.ref), subject]))
  const contexts = new Map<string, ComponentContext>()
  const contextOf = (component: string): ComponentContext => {
    const known = contexts.get(component)
    if (known) return known
    const created = createContext(component, order, { ...deps, subjects, ledger }, signal)
    contexts.set(component, created)
    return created
  }
  return applyPlan(
    plan,
    {
      contextOf,
      client: deps.client,
      record: ledger.record,
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

type Ledger = {
  readonly announce: (component: string, objects: readonly PlannedObject[]) => Promise<void>
  readonly record: (component: string, applied: readonly AppliedObject[]) => Promise<void>
  readonly listsOf: (component: string, ref: ObjectRef) => ListKeys
}

/** The inventories while they are being written: each component's writes follow one another. */
const createLedger = (observation: Observation, revision: string, client: KubeClient, signal: AbortSignal): Ledger => {
  const inventories = new Map<string, Inventory>(observation.inventories)
  const read = (component: string): Inventory => inventories.get(component) ?? getInventory(observation, component)
  const queues = new Map<string, Promise<void>>()
  const save = (component: string, change: Parameters<typeof updateInventory>[1]): Promise<void> => {
    const saving = (queues.get(component) ?? Promise.resolve()).then(async () => {
      inventories.set(component, await writeInventory(client, updateInventory(read(component), change), { signal }))
    })
    queues.set(
      component,
      saving.catch(() => undefined),
    )
    return saving
  }
  return {
    listsOf: (component, ref) => getListKeys(read(component), ref),
    announce: async (component, objects) => {
      const { entries, stored } = read(component)
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
      if (fresh.length > 0 || (entries.size > 0 && stored.length === 0)) await save(component, { set: fresh, revision })
    },
    record: async (component, applied) => {
      const set = applied.flatMap(({ entry }) => (entry ? [entry] : []))
      const remove = applied.flatMap(({ entry, outcome }) =>
        entry === null || outcome.skip?.reason === 'replaced' ? [outcome.ref] : [],
      )
      const changed = set.filter((entry) => read(component).entries.get(toRefKey(entry.ref)) !== entry)
      if (changed.length === 0 && !remove.some((ref) => read(component).entries.has(toRefKey(ref)))) return
      await save(component, { set: changed, remove, lists: mergeLists(applied), revision })
    },
  }
}

const mergeLists = (applied: readonly AppliedObject[]): Record<string, ListKeys> => {
  const lists: Record<string, ListKeys> = {}
  for (const result of applied)
    for (const [kind, keys] of Object.entries(result.lists ?? {})) lists[kind] = { ...lists[kind], ...keys }
  return lists
}

type ContextDeps = CarryOutDeps & { readonly subjects: ReadonlyMap<string, Subject>; readonly ledger: Ledger }

const createContext = (
  component: string,
  { desired, observation, mode }: WorkOrder,
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
    waitMs: found?.policy.waitMs ?? 0,
    computeHealth: compileHealthRules(found?.policy.health ?? []),
    unready: [...getInventory(observation, component).entries.values()].flatMap(({ ref, unready }) => {
      const resource = unready ? observation.discovery.find(ref.group, ref.kind) : undefined
      return resource ? [{ ref, resource }] : []
    }),
    runHooks: (when) => runHooks(hooks, `${when}-${isInstalled ? 'upgrade' : 'install'}` as HookPhase, context),
  }
  return context satisfies ApplyContext
}
