import type { KubeObject } from './object.ts'
import type { Condition, StatusOptions, StatusResult } from './object-status.ts'

type Rule = (object: KubeObject, conditions: readonly Condition[], options: StatusOptions) => StatusResult | undefined

const toCurrent = (message: string): StatusResult => ({ status: 'Current', message })
const toInProgress = (message: string): StatusResult => ({ status: 'InProgress', message })
const toFailed = (message: string): StatusResult => ({ status: 'Failed', message })

/** The value at a path of keys. Status is data of somebody else: any part may be missing. */
const read = (object: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], object)

const readNumber = (object: KubeObject, part: 'spec' | 'status', key: string, missing = 0): number => {
  const value = read(object, part, key)
  return typeof value === 'number' ? value : missing
}

const findCondition = (conditions: readonly Condition[], type: string): Condition | undefined =>
  conditions.find((condition) => condition.type === type)

const isTrue = (conditions: readonly Condition[], type: string): boolean =>
  findCondition(conditions, type)?.status === 'True'

/** The first of these counts that is too low: `[word, is, wanted]`. */
const checkCounts = (...counts: readonly (readonly [string, number, number])[]): StatusResult | undefined => {
  const short = counts.find(([, is, wanted]) => is < wanted)
  return short && toInProgress(`${short[1]} of ${short[2]} replicas are ${short[0]}`)
}

/** A controller that has not seen the object at all has left its counts at zero, which would look finished. */
const checkObserved = (object: KubeObject): StatusResult | undefined =>
  read(object, 'status', 'observedGeneration') === undefined
    ? toInProgress('its controller has not seen it yet')
    : undefined

const checkSurplus = (is: number, wanted: number): StatusResult | undefined =>
  is > wanted ? toInProgress(`${is - wanted} old replicas are still to end`) : undefined

const checkDeployment: Rule = (object, conditions) => {
  const wanted = readNumber(object, 'spec', 'replicas', 1)
  const replicas = readNumber(object, 'status', 'replicas')
  const updated = readNumber(object, 'status', 'updatedReplicas')
  const available = readNumber(object, 'status', 'availableReplicas')
  const progressing = findCondition(conditions, 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') return toFailed(progressing.message || progressing.reason)
  // 2^31-1 stands for "no deadline", and then there is no such condition; a paused rollout has another reason.
  const hasDeadline = readNumber(object, 'spec', 'progressDeadlineSeconds', 2_147_483_647) !== 2_147_483_647
  const isFinished =
    !hasDeadline || progressing?.reason === 'NewReplicaSetAvailable' || read(object, 'spec', 'paused') === true
  return (
    checkObserved(object) ??
    checkCounts(['there', replicas, wanted], ['updated', updated, wanted]) ??
    checkSurplus(replicas, wanted) ??
    checkCounts(['available', available, updated], ['ready', readNumber(object, 'status', 'readyReplicas'), wanted]) ??
    (isFinished ? undefined : toInProgress('its new ReplicaSet is not available yet')) ??
    (isTrue(conditions, 'Available') ? undefined : toInProgress('it is not available yet')) ??
    toCurrent(`${wanted} replicas are available`)
  )
}

const checkReplicaSet: Rule = (object, conditions) => {
  const wanted = readNumber(object, 'spec', 'replicas', 1)
  const failure = findCondition(conditions, 'ReplicaFailure')
  if (failure?.status === 'True') return toInProgress(failure.message || 'its pods cannot be created')
  return (
    checkObserved(object) ??
    checkCounts(
      ['labelled', readNumber(object, 'status', 'fullyLabeledReplicas'), wanted],
      ['available', readNumber(object, 'status', 'availableReplicas'), wanted],
      ['ready', readNumber(object, 'status', 'readyReplicas'), wanted],
    ) ??
    checkSurplus(readNumber(object, 'status', 'replicas'), wanted) ??
    toCurrent(`${wanted} replicas are available`)
  )
}

const checkStatefulSet: Rule = (object) => {
  if (read(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') {
    return checkObserved(object) ?? toCurrent('it updates only when its pods are deleted')
  }
  const wanted = readNumber(object, 'spec', 'replicas', 1)
  const replicas = readNumber(object, 'status', 'replicas')
  const updated = readNumber(object, 'status', 'updatedReplicas')
  const partition = read(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')
  const counted =
    checkObserved(object) ??
    checkCounts(['there', replicas, wanted], ['ready', readNumber(object, 'status', 'readyReplicas'), wanted]) ??
    checkSurplus(replicas, wanted)
  if (counted) return counted
  if (typeof partition === 'number') {
    return checkCounts(['updated', updated, wanted - partition]) ?? toCurrent(`${updated} replicas are updated`)
  }
  const isUpdated = read(object, 'status', 'currentRevision') === read(object, 'status', 'updateRevision')
  return (
    checkCounts(['current', readNumber(object, 'status', 'currentReplicas'), wanted]) ??
    (isUpdated ? toCurrent(`${wanted} replicas are ready`) : toInProgress('not all replicas are of the new revision'))
  )
}

const checkDaemonSet: Rule = (object) => {
  const wanted = readNumber(object, 'status', 'desiredNumberScheduled')
  const current = ['scheduled', readNumber(object, 'status', 'currentNumberScheduled'), wanted] as const
  if (read(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') {
    return checkObserved(object) ?? checkCounts(current) ?? toCurrent('it updates only when its pods are deleted')
  }
  return (
    checkObserved(object) ??
    checkCounts(
      current,
      ['updated', readNumber(object, 'status', 'updatedNumberScheduled'), wanted],
      ['available', readNumber(object, 'status', 'numberAvailable'), wanted],
      ['ready', readNumber(object, 'status', 'numberReady'), wanted],
    ) ??
    toCurrent(`${wanted} replicas are ready`)
  )
}

const SCHEDULE_WINDOW_MS = 15_000

const checkPod: Rule = (object, conditions, { now }) => {
  const phase = read(object, 'status', 'phase')
  switch (phase) {
    case 'Succeeded':
      return toCurrent('it has completed')
    case 'Failed':
      return toFailed(String(read(object, 'status', 'message') ?? 'it has ended with an error'))
    case 'Running': {
      if (isTrue(conditions, 'Ready')) return toCurrent('it is ready')
      const crashing = listCrashing(object)
      if (crashing.length > 0) return toFailed(`containers crash again and again: ${crashing.join(', ')}`)
      return toInProgress('it runs, but is not ready')
    }
    case undefined:
    case 'Pending': {
      const scheduled = findCondition(conditions, 'PodScheduled')
      if (scheduled?.status !== 'False') return toInProgress('it is starting')
      const age = now ? now.getTime() - Date.parse(object.metadata.creationTimestamp ?? '') : 0
      const message = `it cannot be scheduled: ${scheduled.message || scheduled.reason}`
      return scheduled.reason === 'Unschedulable' && age > SCHEDULE_WINDOW_MS
        ? toFailed(message)
        : toInProgress(message)
    }
    default:
      return { status: 'Unknown', message: `its phase is ${phase}` }
  }
}

const listCrashing = (object: KubeObject): string[] =>
  ['initContainerStatuses', 'containerStatuses'].flatMap((key) => {
    const statuses = read(object, 'status', key)
    return (Array.isArray(statuses) ? statuses : [])
      .filter((status) => read(status, 'state', 'waiting', 'reason') === 'CrashLoopBackOff')
      .map((status) => String(status.name))
  })

/** A Job that runs is Current: it is what was asked for. Whether it has completed is another question. */
const checkJob: Rule = (object, conditions) => {
  const succeeded = readNumber(object, 'status', 'succeeded')
  const failed = findCondition(conditions, 'Failed')
  if (isTrue(conditions, 'Complete')) return toCurrent(`it has completed with ${succeeded} successes`)
  if (failed?.status === 'True') return toFailed(failed.message || failed.reason || 'it has failed')
  if (isTrue(conditions, 'Suspended')) return toCurrent('it is suspended')
  if (read(object, 'status', 'startTime') === undefined) return toInProgress('it has not started')
  return toCurrent(`it runs: ${readNumber(object, 'status', 'active')} active, ${succeeded} succeeded`)
}

const checkClaim: Rule = (object) => {
  const phase = read(object, 'status', 'phase')
  return phase === 'Bound' ? toCurrent('it is bound') : toInProgress(`it is not bound: ${phase ?? 'no phase'}`)
}

/** An address from outside is the matter of a load balancer that many clusters do not have, so it is not waited for. */
const checkService: Rule = (object) =>
  read(object, 'spec', 'type') === 'LoadBalancer' && !read(object, 'spec', 'clusterIP')
    ? toInProgress('it has no cluster IP yet')
    : toCurrent('it is ready')

const checkDefinition: Rule = (_, conditions) => {
  const names = findCondition(conditions, 'NamesAccepted')
  if (names?.status === 'False') return toFailed(names.message || 'its names are taken')
  const established = findCondition(conditions, 'Established')
  if (established?.status === 'True') return toCurrent('it is established')
  if (established?.status === 'False' && established.reason !== 'Installing') {
    return toFailed(established.message || 'it is not established')
  }
  return toInProgress('it is being established')
}

const checkNamespace: Rule = (object) => {
  const phase = read(object, 'status', 'phase')
  return phase === 'Terminating' ? { status: 'Terminating', message: 'it is being deleted' } : toCurrent('it is active')
}

/** Whether the backend answers depends on other objects, so it is told but not waited for. */
const checkApiService: Rule = (_, conditions) => {
  const available = findCondition(conditions, 'Available')
  if (available?.status !== 'False') return toCurrent('it is registered')
  return toCurrent(`it is registered, but its backend does not answer: ${available.message || available.reason}`)
}

/** The rules of the kinds that have no Ready condition, or whose own is not enough. */
export const STATUS_RULES: Readonly<Record<string, Rule>> = {
  'apps/Deployment': checkDeployment,
  'apps/ReplicaSet': checkReplicaSet,
  'apps/StatefulSet': checkStatefulSet,
  'apps/DaemonSet': checkDaemonSet,
  'batch/Job': checkJob,
  'batch/CronJob': () => toCurrent('it is scheduled'),
  'policy/PodDisruptionBudget': (object) => checkObserved(object) ?? toCurrent('its disruptions are computed'),
  'apiextensions.k8s.io/CustomResourceDefinition': checkDefinition,
  'apiregistration.k8s.io/APIService': checkApiService,
  ReplicationController: checkReplicaSet,
  Pod: checkPod,
  PersistentVolumeClaim: checkClaim,
  Service: checkService,
  Namespace: checkNamespace,
}
