import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { formatTime } from '../rest/scope.ts'
import { isTrue } from './conditions.ts'
import { type Controller, itself, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import { computeNextTime, parseCron } from './cron-schedule.ts'
import { compareByCreation } from './deployment-rules.ts'
import { isJobFinished, type Job } from './job-rules.ts'
import { toControllerReference } from './make-pod.ts'
import { omitEmpty } from './omit-empty.ts'
import { toObjectKey, type World } from './world.ts'

type CronJob = KubeObject & {
  readonly spec: {
    readonly schedule: string
    readonly suspend?: boolean
    readonly concurrencyPolicy?: string
    readonly startingDeadlineSeconds?: number
    readonly successfulJobsHistoryLimit?: number
    readonly failedJobsHistoryLimit?: number
    readonly jobTemplate: { readonly metadata?: Partial<ObjectMeta>; readonly spec: Job['spec'] }
  }
  readonly status?: {
    readonly lastScheduleTime?: string
    readonly lastSuccessfulTime?: string
    readonly active?: readonly object[]
  }
}

const NAME = 'cronjob-controller'
const CRON_JOBS = 'batch/cronjobs'
const JOBS = 'batch/jobs'

/** Makes Jobs at the times that CronJobs name, in UTC. What was missed while nobody looked is not made up for but once. */
export const CRON_JOB: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: { [CRON_JOBS]: itself, [JOBS]: toOwnerKeys('CronJob') },
  reconcile: (key, world) => {
    const cronJob = world.get(CRON_JOBS, key) as CronJob | undefined
    return cronJob && !cronJob.metadata.deletionTimestamp ? sync(world, cronJob) : undefined
  },
}

const sync = (world: World, cronJob: CronJob): Outcome => {
  const { spec, status = {}, metadata } = cronJob
  const schedule = parseCron(spec.schedule)
  const now = world.now()
  const since = new Date(status.lastScheduleTime ?? metadata.creationTimestamp ?? now)
  const due =
    schedule && !spec.suspend ? findLatest(now, (after) => computeNextTime(schedule, after), since) : undefined
  const jobs = world.controlledBy(cronJob, JOBS) as readonly Job[]
  const started = due === undefined ? undefined : start(world, cronJob, due, jobs)
  const all = world.controlledBy(cronJob, JOBS) as readonly Job[]
  const active = all.filter((job) => !isJobFinished(job))
  const times = all.flatMap(({ status: done }) => (done?.completionTime ? [done.completionTime] : []))
  const written = world.updateStatus(
    CRON_JOBS,
    cronJob,
    omitEmpty({
      active: active.map(toReference),
      lastScheduleTime: started === 'started' && due ? formatTime(due) : status.lastScheduleTime,
      lastSuccessfulTime: [...times, ...(status.lastSuccessfulTime ? [status.lastSuccessfulTime] : [])].sort().at(-1),
    }),
  )
  cleanUp(
    world,
    spec.successfulJobsHistoryLimit ?? 3,
    all.filter(({ status: done }) => isTrue(done?.conditions, 'Complete')),
  )
  cleanUp(
    world,
    spec.failedJobsHistoryLimit ?? 1,
    all.filter(({ status: done }) => isTrue(done?.conditions, 'Failed')),
  )
  const next = schedule && !spec.suspend ? computeNextTime(schedule, now) : undefined
  if (next) world.wakeAfter(toObjectKey(cronJob), next.getTime() - now.getTime())
  return written?.ok === false || started === 'failed' ? 'failed' : undefined
}

/** The last of the times that have passed. Only a few are looked at: nobody counts years of minutes. */
const findLatest = (now: Date, toNext: (after: Date) => Date | undefined, since: Date): Date | undefined => {
  const from = new Date(Math.max(since.getTime(), now.getTime() - 2 * 3_600_000))
  const start = toNext(since)
  let latest = start && start <= now ? start : undefined
  for (let next = toNext(from); next && next <= now; next = toNext(next)) latest = next
  return latest
}

const start = (world: World, cronJob: CronJob, due: Date, jobs: readonly Job[]): 'started' | 'skipped' | 'failed' => {
  const { spec, metadata } = cronJob
  const late = world.now().getTime() - due.getTime()
  if (spec.startingDeadlineSeconds !== undefined && late > spec.startingDeadlineSeconds * 1_000) return 'skipped'
  const active = jobs.filter((job) => !isJobFinished(job))
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) return 'skipped'
  if (spec.concurrencyPolicy === 'Replace')
    for (const job of active) world.delete(JOBS, toObjectKey(job), { propagation: 'Background' })
  const { labels, annotations } = spec.jobTemplate.metadata ?? {}
  const made = world.create(JOBS, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${metadata.name}-${Math.floor(due.getTime() / 60_000)}`,
      namespace: metadata.namespace as string,
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': formatTime(due) },
      ownerReferences: [toControllerReference(cronJob)],
    } as ObjectMeta,
    spec: spec.jobTemplate.spec,
  })
  return made.ok || made.reason === 'AlreadyExists' ? 'started' : 'failed'
}

const toReference = ({
  apiVersion,
  kind,
  metadata: { name, namespace, uid, resourceVersion },
}: KubeObject): object => ({
  kind,
  namespace,
  name,
  uid,
  apiVersion,
  resourceVersion,
})

const cleanUp = (world: World, limit: number, jobs: readonly Job[]): void => {
  const old = [...jobs].sort(compareByCreation).slice(0, Math.max(0, jobs.length - limit))
  for (const job of old) world.delete(JOBS, toObjectKey(job), { propagation: 'Background' })
}
