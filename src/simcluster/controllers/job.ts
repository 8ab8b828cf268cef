import { type Controller, itself, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import { isJobFinished, isUncounted, type Job, makeJobPod, planJob, TRACKING } from './job-rules.ts'
import { isFinished } from './pod-state.ts'
import type { Pod } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

const NAME = 'job-controller'
const JOBS = 'batch/jobs'
const PODS = '/pods'

/** Runs Jobs to their end. */
export const JOB: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: { [JOBS]: itself, [PODS]: toOwnerKeys('Job') },
  reconcile: (key, world) => {
    const job = world.get(JOBS, key) as Job | undefined
    if (!job) return releaseOrphans(world, key)
    if (job.spec.managedBy !== undefined && job.spec.managedBy !== 'kubernetes.io/job-controller') return undefined
    const pods = world.controlledBy(job, PODS) as readonly Pod[]
    if (isJobFinished(job)) {
      for (const pod of pods)
        if (isUncounted(pod) && (isFinished(pod) || pod.metadata.deletionTimestamp)) release(world, pod)
      return undefined
    }
    return run(world, job, pods)
  },
}

const run = (world: World, job: Job, pods: readonly Pod[]): Outcome => {
  const plan = planJob(job, pods, world.now())
  let made = 0
  for (const pod of plan.delete) world.delete(PODS, toObjectKey(pod), { uid: pod.metadata.uid as string })
  if (!job.metadata.deletionTimestamp) {
    for (; made < plan.create; made++) if (!world.create(PODS, makeJobPod(job, plan.indexes[made])).ok) break
  }
  const active = (plan.status.active ?? 0) - plan.create + made
  const { active: _planned, ...status } = plan.status
  const written = world.updateStatus(JOBS, job, active > 0 ? { ...status, active } : status)
  if (written?.ok === false) return 'failed'
  for (const pod of plan.release) release(world, pod)
  if (plan.wakeInMs !== undefined) world.wakeAfter(toObjectKey(job), plan.wakeInMs)
  return made < plan.create && !job.metadata.deletionTimestamp ? 'failed' : undefined
}

/** Lets a pod go that is counted. */
const release = (world: World, pod: Pod): void => {
  const body = { metadata: { uid: pod.metadata.uid, '$deleteFromPrimitiveList/finalizers': [TRACKING] } }
  world.patch(PODS, toObjectKey(pod), { type: 'strategic', body })
}

/** Pods whose Job is gone wait for nobody. */
const releaseOrphans = (world: World, key: string): undefined => {
  const [namespace = '', name] = key.split('/')
  for (const pod of world.listIn(PODS, namespace) as readonly Pod[]) {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)
    if (owner?.kind === 'Job' && owner.name === name && isUncounted(pod)) release(world, pod)
  }
  return undefined
}

const TTL_NAME = 'ttl-after-finished-controller'

/** Deletes Jobs some time after their end, where they say so. */
export const JOB_TTL: Controller = {
  name: TTL_NAME,
  agent: toManagerAgent(TTL_NAME),
  triggers: { [JOBS]: itself },
  reconcile: (key, world) => {
    const job = world.get(JOBS, key) as Job | undefined
    const ttl = job?.spec.ttlSecondsAfterFinished
    if (!job || ttl === undefined || job.metadata.deletionTimestamp || !isJobFinished(job)) return undefined
    const ended = job.status?.conditions?.find(
      ({ type }) => type === 'Complete' || type === 'Failed',
    )?.lastTransitionTime
    const ms = Date.parse(ended ?? '') + ttl * 1_000 - world.now().getTime()
    if (ms > 0) world.wakeAfter(key, ms)
    else world.delete(JOBS, key, { uid: job.metadata.uid as string, propagation: 'Foreground' })
    return undefined
  },
}
