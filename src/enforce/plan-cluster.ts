import { toRefKey } from '../kube/object.ts'
import { type FleetDeletions, guardDeletions } from '../plan/deletion-guard.ts'
import type { Plan, PlannedObject } from '../plan/plan.ts'
import { planDesired, planRemoved, type ReconcileMode } from '../plan/plan-object.ts'
import { toStage } from '../plan/stages.ts'
import type { DesiredCluster, DesiredComponent } from '../render/desired.ts'
import type { JudgedObject } from './judge.ts'
import type { Observation } from './observe-cluster.ts'

/** The plan for one cluster from what was seen. Pure. */
export const planCluster = (
  desired: DesiredCluster,
  observation: Observation,
  options: {
    readonly mode: ReconcileMode
    readonly confirmed?: string
    readonly fleetDeletions?: FleetDeletions
  },
): Plan => {
  const components = new Map(desired.components.map((component) => [component.name, component]))
  const names = new Set([...components.keys(), ...observation.inventories.keys()])
  const objects = [...observation.judged.values()].flatMap((judged) =>
    planJudged(judged, components, observation, options.mode),
  )
  const unmanaged = observation.unmanaged.flatMap((object) => planUnmanaged(object, options.mode))
  const byComponent = Map.groupBy([...objects, ...unmanaged], ({ component }) => component)
  const owned = new Map([...observation.inventories].map(([name, { entries }]) => [name, entries.size]))
  const plan: Plan = {
    cluster: desired.cluster,
    revision: desired.revision,
    components: [...names].map((name) => ({
      name,
      dependsOn: components.get(name)?.dependsOn ?? [],
      objects: byComponent.get(name) ?? [],
    })),
    owned: [...owned.values()].reduce((sum, count) => sum + count, 0),
  }
  return guardDeletions(plan, {
    guard: desired.deletionGuard,
    owned,
    unassigned: new Set([...observation.inventories.keys()].filter((name) => !components.has(name))),
    ...(options.confirmed === undefined ? {} : { confirmed: options.confirmed }),
    ...(options.fleetDeletions === undefined ? {} : { fleet: options.fleetDeletions }),
  })
}

const planJudged = (
  judged: JudgedObject,
  components: ReadonlyMap<string, DesiredComponent>,
  observation: Observation,
  mode: ReconcileMode,
): PlannedObject[] => {
  const { subject, observed } = judged
  const owner = subject.inventory?.component
  const planned: PlannedObject[] = []
  const component = components.get(subject.component)
  const stated = component && planStated(judged, component, mode)
  if (stated) planned.push(stated)
  const isRemoved =
    subject.entry !== undefined && owner !== undefined && (!subject.desired || owner !== subject.component)
  if (isRemoved && !observation.subjects.unrendered.has(owner)) {
    const removed = planRemoved({
      component: owner,
      entry: subject.entry,
      observed,
      prune: components.get(owner)?.policy.prune ?? true,
      mode,
      isExpired: components.get(owner)?.grant?.expired.some(({ ref }) => toRefKey(ref) === toRefKey(subject.ref)),
      ...(subject.desired ? { movedTo: subject.component } : {}),
      mayApply: mode === 'sync' || components.get(owner)?.policy.apply !== 'manual',
    })
    if (removed) planned.push(removed)
  }
  return planned
}

/** What is done to an object that a component states; undefined where it does not. */
export const planStated = (
  { subject, observed, differences }: JudgedObject,
  component: DesiredComponent,
  mode: ReconcileMode,
): PlannedObject | undefined => {
  if (!subject.desired || subject.digest === undefined) return undefined
  const owner = subject.inventory?.component
  const moved = owner !== undefined && owner !== component.name
  return planDesired({
    component: component.name,
    policy: component.policy,
    desired: subject.desired,
    digest: subject.digest,
    entry: moved ? undefined : subject.entry,
    observed,
    differences,
    mode,
    ...(moved ? { previous: owner } : {}),
  })
}

/** What nobody owns in an exclusive scope is removed where the policy heals, with the uid that was seen. */
const planUnmanaged = (
  { ref, resource, live, component, keep }: Observation['unmanaged'][number],
  mode: ReconcileMode,
): PlannedObject[] => {
  const mayHeal = mode === 'sync' ? component.policy.drift !== 'ignore' : component.policy.drift === 'heal'
  if (!mayHeal || keep) return []
  return [
    {
      ref,
      apiVersion: live.apiVersion,
      component: component.name,
      stage: toStage(ref),
      action: 'delete',
      reason: 'drift',
      resource,
      live,
      isFull: false,
      differences: [],
      heals: true,
    },
  ]
}
