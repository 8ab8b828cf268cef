import type { KubeObject } from '../../kube/object.ts'
import { claim } from './adopt.ts'
import { findCondition, setCondition } from './conditions.ts'
import { type Controller, itself, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import {
  computeNewSetSize,
  computeOldSetSizes,
  computeSetAnnotations,
  countWanted,
  type Deployment,
  type DeploymentStatus,
  findNewSet,
  hasDeadline,
  REVISION,
  readDesired,
  toReplicas,
  toRevision,
} from './deployment-rules.ts'
import { active, cleanUp, createNewSet, resize, type Sets, scaleSet, writeRevision } from './deployment-sets.ts'
import {
  computeDeploymentStatus,
  computeRolloutStatus,
  createCondition,
  deadlineInMs,
  isComplete,
} from './deployment-status.ts'
import { isSameJson } from './is-same-json.ts'
import { withMeta } from './make-pod.ts'
import { isFinished } from './pod-state.ts'
import type { ReplicaSet } from './replica-set.ts'
import type { Pod } from './shapes.ts'
import { toObjectKey, type World, type WriteOutcome } from './world.ts'

const DEPLOYMENTS = 'apps/deployments'
const SETS = 'apps/replicasets'
const NAME = 'deployment-controller'

/** Rolls out Deployments. */
export const DEPLOYMENT: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: {
    [DEPLOYMENTS]: itself,
    [SETS]: toOwnerKeys('Deployment'),
    // A strategy without overlap waits for the last pod of the old template.
    '/pods': ({ type, object }, world) => (type === 'DELETED' ? toDeploymentsOf(object, world) : []),
  },
  reconcile: (key, world) => {
    const deployment = world.get(DEPLOYMENTS, key) as Deployment | undefined
    return deployment && sync(world, deployment)
  },
}

const toDeploymentsOf = (pod: KubeObject, world: World): readonly string[] => {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)
  if (owner?.kind !== 'ReplicaSet') return []
  const set = world.get(SETS, `${pod.metadata.namespace}/${owner.name}`)
  const above = set?.metadata.ownerReferences?.find(({ controller }) => controller)
  return above?.kind === 'Deployment' ? [`${pod.metadata.namespace}/${above.name}`] : []
}

const sync = (world: World, deployment: Deployment): Outcome => {
  const sets = claim(world, deployment, SETS, deployment.spec.selector) as readonly ReplicaSet[]
  if (deployment.metadata.deletionTimestamp) return writeStatus(world, deployment, toSets(deployment, sets), false)
  const paused = checkPaused(world, deployment)
  if (paused) return toOutcome(paused)
  const synced = syncRevision(world, deployment, toSets(deployment, sets))
  if (synced) return toOutcome(synced)
  const seen = toSets(deployment, sets)
  const wanted = toReplicas(deployment)
  const isResized = active(seen.all).some((set) => (readDesired(set) ?? wanted) !== wanted)
  if (deployment.spec.paused || isResized) {
    resize(world, deployment, seen)
    if (deployment.spec.paused) cleanUp(world, deployment, seen.old)
    return writeStatus(world, deployment, reread(world, deployment), false)
  }
  return roll(world, deployment, seen)
}

const toOutcome = (written: WriteOutcome | undefined): Outcome => (written?.ok === false ? 'failed' : undefined)

const toSets = (deployment: Deployment, all: readonly ReplicaSet[]): Sets => {
  const newSet = findNewSet(deployment, all)
  return { all, newSet, old: all.filter((set) => set !== newSet) }
}

const reread = (world: World, deployment: Deployment): Sets =>
  toSets(deployment, world.controlledBy(deployment, SETS) as readonly ReplicaSet[])

/** Says that it is paused, or no longer. The change wakes us again. */
const checkPaused = (world: World, deployment: Deployment): WriteOutcome | undefined => {
  if (!hasDeadline(deployment)) return undefined
  const { status = {}, spec } = deployment
  const current = findCondition(status.conditions, 'Progressing')
  if (current?.reason === 'ProgressDeadlineExceeded') return undefined
  const isTold = current?.reason === 'DeploymentPaused'
  if (isTold === (spec.paused === true)) return undefined
  const reason = isTold ? 'DeploymentResumed' : 'DeploymentPaused'
  const message = isTold ? 'Deployment is resumed' : 'Deployment is paused'
  const condition = createCondition('Progressing', 'Unknown', { reason, message, now: world.now() })
  return world.updateStatus(DEPLOYMENTS, deployment, {
    ...status,
    conditions: setCondition(status.conditions ?? [], condition),
  })
}

/** Gives the set of the present template, if there is one, and the Deployment the annotations of their revision. */
const syncRevision = (world: World, deployment: Deployment, { old, newSet }: Sets): WriteOutcome | undefined => {
  if (!newSet) return undefined
  const revision = Math.max(0, ...old.map(toRevision)) + 1
  const annotations = computeSetAnnotations(deployment, newSet, { revision, isNew: false })
  const { minReadySeconds = 0 } = deployment.spec
  if (
    !isSameJson(annotations, newSet.metadata.annotations ?? {}) ||
    (newSet.spec.minReadySeconds ?? 0) !== minReadySeconds
  ) {
    const next = { ...withMeta(newSet, { annotations }), spec: { ...newSet.spec, minReadySeconds } }
    return world.update(SETS, next)
  }
  return writeRevision(world, deployment, annotations[REVISION] ?? '', {
    reason: 'FoundNewReplicaSet',
    message: `Found new replica set ${JSON.stringify(newSet.metadata.name)}`,
    always: false,
  })
}

const roll = (world: World, deployment: Deployment, seen: Sets): Outcome => {
  const isRecreate = deployment.spec.strategy?.type === 'Recreate'
  if (isRecreate) {
    for (const set of active(seen.old)) scaleSet(world, deployment, set, 0)
    const now = reread(world, deployment)
    if (active(seen.old).length > 0 || hasPodsLeft(world, now.old)) return writeStatus(world, deployment, now, true)
  }
  if (!seen.newSet) return toOutcome(createNewSet(world, deployment, seen))
  const { newSet, old, all } = seen
  const wanted = toReplicas(deployment)
  const own = toReplicas(newSet)
  const size = own > wanted ? wanted : own === wanted ? own : computeNewSetSize(deployment, all, own)
  if (size !== own) scaleSet(world, deployment, newSet, size)
  else if (!isRecreate && countWanted(old) > 0) {
    const sizes = computeOldSetSizes(deployment, active(old), newSet)
    for (const set of active(old)) scaleSet(world, deployment, set, sizes.get(set.metadata.name) ?? toReplicas(set))
  }
  if (isComplete(deployment, deployment.status)) cleanUp(world, deployment, old)
  return writeStatus(world, deployment, reread(world, deployment), true)
}

const hasPodsLeft = (world: World, sets: readonly ReplicaSet[]): boolean =>
  sets.some((set) => (world.controlledBy(set, '/pods') as readonly Pod[]).some((pod) => !isFinished(pod)))

const writeStatus = (world: World, deployment: Deployment, { all, newSet }: Sets, isRolling: boolean): Outcome => {
  const now = world.now()
  const seen = { sets: all, newSet, now }
  const status: DeploymentStatus = isRolling
    ? computeRolloutStatus(deployment, seen)
    : computeDeploymentStatus(deployment, seen)
  const written = world.updateStatus(DEPLOYMENTS, deployment, status)
  if (isRolling && !isComplete(deployment, status)) {
    const ms = deadlineInMs(deployment, findCondition(status.conditions, 'Progressing'), now)
    if (ms !== undefined) world.wakeAfter(toObjectKey(deployment), Math.max(ms, 0) + 1_000)
  }
  return toOutcome(written)
}
