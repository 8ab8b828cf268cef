import type { LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import { formatTime } from '../rest/scope.ts'
import { mergeCondition } from './conditions.ts'
import { type Controller, itself, type ObjectChange, type Outcome, toManagerAgent } from './controller.ts'
import { resolveCount } from './int-or-percent.ts'
import { matchesSelector } from './match-labels.ts'
import { omitEmpty } from './omit-empty.ts'
import { isFinished, isReady } from './pod-state.ts'
import type { Condition, IntOrPercent, Pod } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

/** A PodDisruptionBudget. */
export type Budget = KubeObject & {
  readonly spec: {
    readonly minAvailable?: IntOrPercent
    readonly maxUnavailable?: IntOrPercent
    readonly selector?: LabelSelector
  }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly disruptedPods?: Readonly<Record<string, string>>
    readonly observedGeneration?: number
  }
}

const NAME = 'disruption-controller'
const BUDGETS = 'policy/poddisruptionbudgets'
const PODS = '/pods'

/** Counts how many pods may be disturbed. */
export const DISRUPTION: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: {
    [BUDGETS]: itself,
    [PODS]: (change, world) => listBudgetsOf(change, world),
    'apps/deployments': (change, world) => listBudgetsIn(change, world),
    'apps/statefulsets': (change, world) => listBudgetsIn(change, world),
    'apps/replicasets': (change, world) => listBudgetsIn(change, world),
  },
  reconcile: (key, world) => {
    const budget = world.get(BUDGETS, key) as Budget | undefined
    return budget && sync(world, budget)
  },
}

const listBudgetsOf = ({ object, previous }: ObjectChange, world: World): readonly string[] =>
  (world.listIn(BUDGETS, object.metadata.namespace as string) as readonly Budget[])
    .filter(({ spec }) =>
      [object, previous].some((each) => each !== undefined && matchesSelector(spec.selector, each.metadata.labels)),
    )
    .map(toObjectKey)

/** Another size changes what is expected. */
const listBudgetsIn = ({ type, object, previous }: ObjectChange, world: World): readonly string[] =>
  type === 'MODIFIED' && toReplicas(object) === toReplicas(previous)
    ? []
    : world.keysIn(BUDGETS, object.metadata.namespace as string)

const toReplicas = (object: KubeObject | undefined): number =>
  (object?.spec as { replicas?: number } | undefined)?.replicas ?? 1

/** What is seen of the pods of a budget. `expected`: how many its controllers want. */
export type BudgetSeen = { readonly pods: readonly Pod[]; readonly expected: number; readonly now: Date }

/** The status that a budget should have. Pure. */
export const computeBudgetStatus = (
  { spec, status = {}, metadata }: Budget,
  { pods, expected, now }: BudgetSeen,
): object => {
  const disrupted = Object.entries(status.disruptedPods ?? {}).filter(
    ([name, time]) =>
      now.getTime() - Date.parse(time) < 120_000 &&
      pods.some((pod) => pod.metadata.name === name && !pod.metadata.deletionTimestamp),
  )
  const isDisrupted = new Set(disrupted.map(([name]) => name))
  const healthy = pods.filter(
    (pod) => isReady(pod) && !pod.metadata.deletionTimestamp && !isDisrupted.has(pod.metadata.name),
  ).length
  const [expectedPods, desiredHealthy] = toExpectation(spec, pods.length, expected)
  const allowed = expectedPods <= 0 ? 0 : Math.max(0, healthy - desiredHealthy)
  const generation = metadata.generation
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: formatTime(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
  return {
    ...omitEmpty({ observedGeneration: generation }),
    ...(disrupted.length > 0 ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy,
    expectedPods,
    conditions: mergeCondition(status.conditions ?? [], condition),
  }
}

const toExpectation = (
  { minAvailable, maxUnavailable }: Budget['spec'],
  count: number,
  expected: number,
): readonly [number, number] => {
  if (maxUnavailable !== undefined)
    return [expected, Math.max(0, expected - resolveCount(maxUnavailable, expected, 'up'))]
  if (typeof minAvailable === 'string') return [expected, resolveCount(minAvailable, expected, 'up')]
  return [count, minAvailable ?? 0]
}

const sync = (world: World, budget: Budget): Outcome => {
  const all = world.listIn(PODS, budget.metadata.namespace as string) as readonly Pod[]
  const pods = all.filter((pod) => !isFinished(pod) && matchesSelector(budget.spec.selector, pod.metadata.labels))
  const status = computeBudgetStatus(budget, { pods, expected: countExpected(world, pods), now: world.now() })
  const written = world.updateStatus(BUDGETS, budget, status)
  return written?.ok === false ? 'failed' : undefined
}

const CONTROLLERS: Readonly<Record<string, string>> = {
  ReplicaSet: 'apps/replicasets',
  Deployment: 'apps/deployments',
  StatefulSet: 'apps/statefulsets',
  ReplicationController: '/replicationcontrollers',
}

/** The sum of the sizes of what controls the pods. */
const countExpected = (world: World, pods: readonly Pod[]): number => {
  const sizes = new Map<string, number>()
  for (const pod of pods) {
    const top = findTop(world, pod)
    if (top) sizes.set(top.metadata.uid as string, toReplicas(top))
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

const findTop = (world: World, object: KubeObject): KubeObject | undefined => {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller)
  const resource = owner && CONTROLLERS[owner.kind]
  const found = resource ? world.get(resource, `${object.metadata.namespace}/${owner.name}`) : undefined
  return found && (findTop(world, found) ?? found)
}
