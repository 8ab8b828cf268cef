import type { KubeObject } from '../../kube/object.ts'
import { formatTime } from '../rest/scope.ts'
import { findCondition, isTrue } from './conditions.ts'
import { computeJobConditions } from './job-conditions.ts'
import { chooseIndexes, formatIndexes, parseIndexes } from './job-indexes.ts'
import { makePod, withMeta } from './make-pod.ts'
import { omitEmpty } from './omit-empty.ts'
import { isActive, isReady, isTerminating } from './pod-state.ts'
import type { Condition, Pod, PodTemplate } from './shapes.ts'

/** A Job. */
export type Job = KubeObject & {
  readonly spec: {
    readonly parallelism?: number
    readonly completions?: number
    readonly completionMode?: string
    readonly backoffLimit?: number
    readonly activeDeadlineSeconds?: number
    readonly ttlSecondsAfterFinished?: number
    readonly suspend?: boolean
    readonly podReplacementPolicy?: string
    readonly managedBy?: string
    readonly template: PodTemplate
  }
  readonly status?: JobStatus
}

/** Its status. */
export type JobStatus = {
  readonly conditions?: readonly Condition[]
  readonly startTime?: string
  readonly completionTime?: string
  readonly active?: number
  readonly ready?: number
  readonly terminating?: number
  readonly succeeded?: number
  readonly failed?: number
  readonly completedIndexes?: string
  readonly uncountedTerminatedPods?: object
}

/** The finalizer that keeps a pod until it is counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking'
const INDEX = 'batch.kubernetes.io/job-completion-index'

/** Whether a Job has come to its end. */
export const isJobFinished = ({ status }: Job): boolean =>
  isTrue(status?.conditions, 'Complete') || isTrue(status?.conditions, 'Failed')

/** Whether a pod waits to be counted. */
export const isUncounted = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(TRACKING) === true

const hasSucceeded = ({ status }: Pod): boolean => status?.phase === 'Succeeded'

/** A pod that is being deleted counts as failed: nobody knows whether it would have ended well. */
const hasFailed = (pod: Pod, { spec }: Job): boolean =>
  pod.status?.phase === 'Failed' ||
  (spec.podReplacementPolicy !== 'Failed' && !hasSucceeded(pod) && pod.metadata.deletionTimestamp !== undefined)

/** What a Job asks for now. */
export type JobPlan = {
  readonly status: JobStatus
  /** Pods to make; of an indexed Job, with these indexes. */
  readonly create: number
  readonly indexes: readonly number[]
  readonly delete: readonly Pod[]
  /** Pods that are counted with this status. */
  readonly release: readonly Pod[]
  /** Something is to be done by itself after this time. */
  readonly wakeInMs?: number
}

/** What is to be done for a Job that has not ended, and its status then. Pure. */
export const planJob = (job: Job, pods: readonly Pod[], now: Date): JobPlan => {
  const { spec, status = {} } = job
  const { completions, parallelism = 1, backoffLimit = 6, suspend = false } = spec
  const active = pods.filter(isActive)
  const counted = pods.filter((pod) => isUncounted(pod) && (hasSucceeded(pod) || hasFailed(pod, job)))
  const indexed = spec.completionMode === 'Indexed'
  const done = indexed ? listSucceededIndexes(status, pods) : []
  const succeeded = indexed ? done.length : (status.succeeded ?? 0) + counted.filter(hasSucceeded).length
  const failed = (status.failed ?? 0) + counted.filter((pod) => hasFailed(pod, job)).length
  const startTime = suspend ? status.startTime : (status.startTime ?? formatTime(now))
  const deadline = toDeadline(job, startTime)
  const reason =
    failed > backoffLimit
      ? ('BackoffLimitExceeded' as const)
      : deadline !== undefined && deadline <= now.getTime()
        ? ('DeadlineExceeded' as const)
        : undefined
  const isComplete =
    reason === undefined &&
    active.length === 0 &&
    (completions === undefined ? succeeded > 0 : succeeded >= completions)

  const wanted = suspend || reason ? 0 : toWanted({ completions, parallelism, succeeded, active: active.length })
  const surplus = Math.max(0, active.length - wanted)
  const terminating = pods.filter(isTerminating).length
  const missing =
    isComplete || reason
      ? 0
      : Math.max(0, wanted - active.length - (spec.podReplacementPolicy === 'Failed' ? terminating : 0))
  const waitMs = missing > 0 && !suspend ? computeBackoff(pods, failed, now) : 0
  const create = waitMs > 0 ? 0 : missing
  const deleted = active.toSorted((left, right) => Number(isReady(left)) - Number(isReady(right))).slice(0, surplus)
  const kept = active.filter((pod) => !deleted.includes(pod))
  const isOver = isComplete || (reason !== undefined && active.length === 0 && terminating === 0)
  const dueIn = [
    ...(waitMs > 0 ? [waitMs] : []),
    ...(deadline !== undefined && !isOver && !suspend ? [deadline - now.getTime()] : []),
  ]

  return {
    status: {
      ...omitEmpty({
        conditions: computeJobConditions(status.conditions ?? [], { isComplete, reason, isOver, suspend, now }),
        startTime,
        completionTime: isComplete ? formatTime(now) : status.completionTime,
        active: kept.length + create,
        succeeded,
        failed,
        completedIndexes: formatIndexes(done),
      }),
      terminating: terminating + deleted.length,
      ready: kept.filter(isReady).length,
      uncountedTerminatedPods: {},
    },
    create,
    indexes: indexed ? chooseIndexes(completions ?? 0, [...done, ...active.map(toIndex)], create) : [],
    delete: deleted,
    release: counted,
    ...(dueIn.length > 0 ? { wakeInMs: Math.max(1, Math.min(...dueIn)) } : {}),
  }
}

const toDeadline = ({ spec }: Job, startTime: string | undefined): number | undefined =>
  spec.activeDeadlineSeconds === undefined || startTime === undefined
    ? undefined
    : Date.parse(startTime) + spec.activeDeadlineSeconds * 1_000

type Counts = {
  readonly completions: number | undefined
  readonly parallelism: number
  readonly succeeded: number
  readonly active: number
}

const toWanted = ({ completions, parallelism, succeeded, active }: Counts): number => {
  if (completions === undefined) return succeeded > 0 ? active : parallelism
  return Math.max(0, Math.min(completions - succeeded, parallelism))
}

const FIRST_BACKOFF_MS = 10_000
const LAST_BACKOFF_MS = 600_000

/** After a failure the next pod waits: longer at each. */
const computeBackoff = (pods: readonly Pod[], failed: number, now: Date): number => {
  if (failed === 0) return 0
  const times = pods
    .filter(({ status }) => status?.phase === 'Failed')
    .map(({ status, metadata }) =>
      Date.parse(
        status?.containerStatuses?.[0]?.state?.terminated?.finishedAt ??
          findCondition(status?.conditions, 'Ready')?.lastTransitionTime ??
          metadata.creationTimestamp ??
          '',
      ),
    )
  if (times.length === 0) return 0
  const pause = Math.min(FIRST_BACKOFF_MS * 2 ** (failed - 1), LAST_BACKOFF_MS)
  return Math.max(...times) + pause - now.getTime()
}

const toIndex = ({ metadata }: Pod): number => Number(metadata.annotations?.[INDEX] ?? -1)

const listSucceededIndexes = ({ completedIndexes = '' }: JobStatus, pods: readonly Pod[]): readonly number[] => {
  const now = pods.filter(hasSucceeded).map(toIndex)
  return [...new Set([...parseIndexes(completedIndexes), ...now])]
    .filter((index) => index >= 0)
    .sort((left, right) => left - right)
}

/** A pod of a Job; of an indexed one, with its index. */
export const makeJobPod = (job: Job, index: number | undefined): KubeObject => {
  const pod = makePod(job.spec.template, job)
  const tracked = withMeta(pod, { finalizers: [...(pod.metadata.finalizers ?? []), TRACKING] })
  if (index === undefined) return tracked
  const { name } = job.metadata
  const env = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } },
  }
  const { spec } = job.spec.template
  const withEnv = (container: object) => ({
    ...container,
    env: [...((container as { env?: object[] }).env ?? []), env],
  })
  return {
    ...withMeta(tracked, {
      generateName: `${name}-${index}-`,
      labels: { ...pod.metadata.labels, [INDEX]: String(index) },
      annotations: { ...pod.metadata.annotations, [INDEX]: String(index) },
    }),
    spec: {
      ...spec,
      hostname: `${name}-${index}`,
      containers: spec.containers.map(withEnv),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(withEnv) } : {}),
    },
  }
}
