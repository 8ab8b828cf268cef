import type { LabelSelector } from '../../kube/label-selector.ts'
import { matchesLabels } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import { formatTime } from '../rest/scope.ts'
import { claim } from './adopt.ts'
import { findCondition, setCondition, withoutCondition } from './conditions.ts'
import { type Controller, itself, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import { makePod } from './make-pod.ts'
import { matchesSelector } from './match-labels.ts'
import { omitEmpty } from './omit-empty.ts'
import { availableInMs, compareForDeletion, isActive, isAvailable, isReady, isTerminating } from './pod-state.ts'
import type { Condition, Pod, PodTemplate } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

/** A ReplicaSet or ReplicationController. */
export type ReplicaSet = KubeObject & {
  readonly spec: {
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly selector?: LabelSelector
    readonly template: PodTemplate
  }
  readonly status?: ReplicaSetStatus
}

/** Its status. */
export type ReplicaSetStatus = {
  readonly replicas?: number
  readonly fullyLabeledReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly terminatingReplicas?: number
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
}

/** What is seen of the pods of a set. */
export type PodsSeen = { readonly pods: readonly Pod[]; readonly failure: string | undefined; readonly now: Date }

/** The status that a set should have. Pure. */
export const computeReplicaSetStatus = (set: ReplicaSet, { pods, failure, now }: PodsSeen): ReplicaSetStatus => {
  const { replicas: wanted = 1, minReadySeconds = 0, template } = set.spec
  const active = pods.filter(isActive)
  const labels = template.metadata?.labels ?? {}
  const ready = active.filter(isReady)
  const before = set.status?.conditions ?? []
  const hasFailed = findCondition(before, 'ReplicaFailure') !== undefined
  const conditions =
    failure === undefined
      ? withoutCondition(before, 'ReplicaFailure')
      : hasFailed
        ? before
        : setCondition(before, {
            type: 'ReplicaFailure',
            status: 'True',
            lastTransitionTime: formatTime(now),
            reason: active.length < wanted ? 'FailedCreate' : 'FailedDelete',
            message: failure,
          })
  return {
    replicas: active.length,
    ...omitEmpty({
      fullyLabeledReplicas: active.filter((pod) => matchesLabels(labels, pod.metadata.labels)).length,
      readyReplicas: ready.length,
      availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
      observedGeneration: set.metadata.generation,
      conditions,
    }),
    ...(set.kind === 'ReplicaSet' ? { terminatingReplicas: pods.filter(isTerminating).length } : {}),
  }
}

const PODS = '/pods'

/** The controller of one of both kinds. */
const createReplicaController = (name: string, kind: string, resource: string): Controller => ({
  name,
  agent: toManagerAgent(name),
  triggers: {
    [resource]: itself,
    [PODS]: (change, world) => [...toOwnerKeys(kind)(change), ...toAdopters(change.object)(world)],
  },
  reconcile: (key, world) => {
    const set = world.get(resource, key) as ReplicaSet | undefined
    return set ? reconcile(world, resource, set) : undefined
  },
})

/** The sets that may want a pod that nobody controls. */
const toAdopters =
  ({ metadata }: KubeObject) =>
  (world: World): readonly string[] =>
    metadata.ownerReferences?.some(({ controller }) => controller) || metadata.deletionTimestamp || !metadata.labels
      ? []
      : (world.listIn('apps/replicasets', metadata.namespace as string) as readonly ReplicaSet[])
          .filter(({ spec }) => matchesSelector(spec.selector, metadata.labels))
          .map(toObjectKey)

const reconcile = (world: World, resource: string, set: ReplicaSet): Outcome => {
  const selector =
    set.kind === 'ReplicaSet' ? set.spec.selector : { matchLabels: set.spec.selector as Record<string, string> }
  const owned = claim(world, set, PODS, selector ?? {}) as readonly Pod[]
  const failure = set.metadata.deletionTimestamp ? undefined : scale(world, set, owned.filter(isActive))
  const pods = world.controlledBy(set, PODS) as readonly Pod[]
  const now = world.now()
  const written = world.updateStatus(resource, set, computeReplicaSetStatus(set, { pods, failure, now }))
  wakeWhenAvailable(world, toObjectKey(set), pods, set.spec.minReadySeconds)
  return failure === undefined && written?.ok !== false ? undefined : 'failed'
}

/** Makes as many pods as there should be. Tells why it could not. */
const scale = (world: World, { spec, ...set }: ReplicaSet, active: readonly Pod[]): string | undefined => {
  const { replicas = 1, template } = spec
  for (let missing = replicas - active.length; missing > 0; missing--) {
    const made = world.create(PODS, makePod(template, set as KubeObject))
    if (!made.ok) return made.message
  }
  const surplus = [...active].sort(compareForDeletion).slice(0, Math.max(0, active.length - replicas))
  for (const pod of surplus) {
    const gone = world.delete(PODS, toObjectKey(pod), { uid: pod.metadata.uid as string })
    if (!gone.ok && gone.code !== 404) return gone.message
  }
  return undefined
}

/** Looks again when the next ready pod has been so for long enough. */
export const wakeWhenAvailable = (world: World, key: string, pods: readonly Pod[], minReadySeconds = 0): void => {
  if (minReadySeconds <= 0) return
  for (const pod of pods) {
    const ms = isReady(pod) ? availableInMs(pod, minReadySeconds, world.now()) : 0
    if (ms > 0) world.wakeAfter(key, ms)
  }
}

/** Keeps as many pods as ReplicaSets say. */
export const REPLICA_SETS = createReplicaController('replicaset-controller', 'ReplicaSet', 'apps/replicasets')

/** Keeps as many pods as ReplicationControllers say. */
export const REPLICATION_CONTROLLERS = createReplicaController(
  'replication-controller',
  'ReplicationController',
  '/replicationcontrollers',
)
