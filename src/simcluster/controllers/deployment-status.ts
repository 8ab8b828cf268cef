import { formatTime } from '../rest/scope.ts'
import { findCondition, setCondition, withoutCondition } from './conditions.ts'
import {
  countAvailable,
  countWanted,
  type Deployment,
  type DeploymentStatus,
  hasDeadline,
  toMaxUnavailable,
  toReplicas,
} from './deployment-rules.ts'
import { omitEmpty } from './omit-empty.ts'
import type { ReplicaSet, ReplicaSetStatus } from './replica-set.ts'
import type { Condition } from './shapes.ts'

/** What is seen of the sets of a Deployment. */
export type SetsSeen = {
  readonly sets: readonly ReplicaSet[]
  readonly newSet: ReplicaSet | undefined
  readonly now: Date
}

/** A condition of a Deployment that begins now. */
export const createCondition = (
  type: string,
  status: string,
  { reason, message, now }: { readonly reason: string; readonly message: string; readonly now: Date },
): Condition => ({
  type,
  status,
  reason,
  message,
  lastUpdateTime: formatTime(now),
  lastTransitionTime: formatTime(now),
})

/** The status by what there is, with its Progressing condition left as it was. Pure. */
export const computeDeploymentStatus = (deployment: Deployment, { sets, newSet, now }: SetsSeen): DeploymentStatus => {
  const available = countAvailable(sets)
  const enough = available >= toReplicas(deployment) - toMaxUnavailable(deployment)
  const conditions = setCondition(
    deployment.status?.conditions ?? [],
    enough
      ? createCondition('Available', 'True', {
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
          now,
        })
      : createCondition('Available', 'False', {
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
          now,
        }),
  )
  return {
    ...omitEmpty({
      observedGeneration: deployment.metadata.generation,
      replicas: sum(sets, 'replicas'),
      updatedReplicas: newSet?.status?.replicas,
      readyReplicas: sum(sets, 'readyReplicas'),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, countWanted(sets) - available),
    }),
    terminatingReplicas: sum(sets, 'terminatingReplicas'),
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    conditions,
  }
}

type Counter = 'replicas' | 'readyReplicas' | 'terminatingReplicas'

const sum = (sets: readonly ReplicaSet[], counter: Counter): number =>
  sets.reduce((total, { status }) => total + ((status as ReplicaSetStatus | undefined)?.[counter] ?? 0), 0)

/** The status of a Deployment that rolls: whether it gets on. Pure. */
export const computeRolloutStatus = (deployment: Deployment, seen: SetsSeen): DeploymentStatus => {
  const status = computeDeploymentStatus(deployment, seen)
  const progressed = computeProgress(deployment, status, seen)
  const failure = findFailure(seen)
  const others = failure ? setCondition(progressed, failure) : withoutCondition(progressed, 'ReplicaFailure')
  return { ...status, conditions: others }
}

const computeProgress = (
  deployment: Deployment,
  status: DeploymentStatus,
  { newSet, now }: SetsSeen,
): readonly Condition[] => {
  const conditions = status.conditions ?? []
  if (!hasDeadline(deployment)) return withoutCondition(conditions, 'Progressing')
  const current = findCondition(deployment.status?.conditions, 'Progressing')
  const isSettled =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable'
  if (isSettled) return conditions
  const subject = newSet
    ? `ReplicaSet ${JSON.stringify(newSet.metadata.name)}`
    : `Deployment ${JSON.stringify(deployment.metadata.name)}`
  const toProgressing = (state: 'True' | 'False', reason: string, what: string): Condition =>
    createCondition('Progressing', state, { reason, message: `${subject} ${what}`, now })

  if (isComplete(deployment, status))
    return setCondition(conditions, toProgressing('True', 'NewReplicaSetAvailable', 'has successfully progressed.'))
  if (hasProgressed(deployment.status ?? {}, status)) {
    const next = toProgressing('True', 'ReplicaSetUpdated', 'is progressing.')
    const kept = current?.status === 'True' ? { ...next, lastTransitionTime: current.lastTransitionTime } : next
    return [...withoutCondition(conditions, 'Progressing'), kept]
  }
  if (isTimedOut(deployment, current, now))
    return setCondition(conditions, toProgressing('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'))
  return conditions
}

/** All pods are of the present template, and available. */
export const isComplete = (deployment: Deployment, status: DeploymentStatus = {}): boolean => {
  const replicas = toReplicas(deployment)
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

const hasProgressed = (before: DeploymentStatus, after: DeploymentStatus): boolean => {
  const countOld = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    countOld(after) < countOld(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

const isTimedOut = (deployment: Deployment, current: Condition | undefined, now: Date): boolean => {
  if (!current || current.reason === 'NewReplicaSetAvailable') return false
  return current.reason === 'ProgressDeadlineExceeded' || (deadlineInMs(deployment, current, now) ?? 1) < 0
}

/** How long until a rollout without progress has failed; undefined where nothing is to be waited for. */
export const deadlineInMs = (
  deployment: Deployment,
  progressing: Condition | undefined,
  now: Date,
): number | undefined => {
  if (!hasDeadline(deployment) || !progressing || progressing.reason === 'ProgressDeadlineExceeded') return undefined
  const { progressDeadlineSeconds = 0 } = deployment.spec
  return Date.parse(progressing.lastUpdateTime ?? '') + progressDeadlineSeconds * 1_000 - now.getTime()
}

const findFailure = ({ sets, newSet }: SetsSeen): Condition | undefined => {
  for (const set of [...(newSet ? [newSet] : []), ...sets]) {
    const condition = findCondition(set.status?.conditions, 'ReplicaFailure')
    if (condition) return { ...condition, lastUpdateTime: condition.lastTransitionTime as string }
  }
  return undefined
}
