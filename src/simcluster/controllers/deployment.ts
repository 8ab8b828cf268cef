import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { claim } from './adopt.ts'
import { findCondition, setCondition } from './conditions.ts'
import { type Controller, itself, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import {
  compareByCreation,
  computeNewSetSize,
  computeOldSetSizes,
  computeProportions,
  computeSetAnnotations,
  countWanted,
  type Deployment,
  type DeploymentStatus,
  findNewSet,
  HASH_LABEL,
  hasDeadline,
  REVISION,
  readDesired,
  toReplicas,
  toRevision,
  toSizeAnnotations,
} from './deployment-rules.ts'
import {
  computeDeploymentStatus,
  computeRolloutStatus,
  createCondition,
  deadlineInMs,
  isComplete,
} from './deployment-status.ts'
import { hashTemplate } from './hash.ts'
import { toControllerReference, withMeta } from './make-pod.ts'
import { isFinished } from './pod-state.ts'
import type { ReplicaSet } from './replica-set.ts'
import type { Pod } from './shapes.ts'
import { isSameJson, toObjectKey, type World, type WriteOutcome } from './world.ts'

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

type Sets = {
  readonly all: readonly ReplicaSet[]
  readonly old: readonly ReplicaSet[]
  readonly newSet: ReplicaSet | undefined
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

const active = (sets: readonly ReplicaSet[]): readonly ReplicaSet[] => sets.filter((set) => toReplicas(set) > 0)

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

/** The revision is written together with the status, as the controller does. */
const writeRevision = (
  world: World,
  deployment: Deployment,
  revision: string,
  { always, ...told }: { readonly reason: string; readonly message: string; readonly always: boolean },
): WriteOutcome | undefined => {
  const { status = {}, metadata } = deployment
  const conditions = status.conditions ?? []
  const tells = hasDeadline(deployment) && (always || !findCondition(conditions, 'Progressing'))
  const next = tells
    ? setCondition(conditions, createCondition('Progressing', 'True', { ...told, now: world.now() }))
    : conditions
  if (metadata.annotations?.[REVISION] === revision && isSameJson(next, conditions)) return undefined
  const annotated = withMeta(deployment, { annotations: { ...metadata.annotations, [REVISION]: revision } })
  return world.update(
    DEPLOYMENTS,
    { ...annotated, status: { ...status, ...(next.length > 0 ? { conditions: next } : {}) } },
    'status',
  )
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

const createNewSet = (world: World, deployment: Deployment, { all, old }: Sets): WriteOutcome | undefined => {
  const { metadata, spec, status = {} } = deployment
  const hash = hashTemplate(spec.template, status.collisionCount)
  const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash }
  const { selector, minReadySeconds = 0 } = spec
  const revision = Math.max(0, ...old.map(toRevision)) + 1
  const name = `${metadata.name.slice(0, 252 - hash.length)}-${hash}`
  const bare = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: metadata.namespace as string,
      labels,
      ownerReferences: [toControllerReference(deployment)],
    } as ObjectMeta,
    spec: {
      replicas: computeNewSetSize(deployment, all, 0),
      ...(minReadySeconds > 0 ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  }
  const annotations = computeSetAnnotations(deployment, bare, { revision, isNew: true })
  const made = world.create(SETS, withMeta(bare, { annotations }))
  if (made.ok) {
    const message = `Created new replica set ${JSON.stringify(name)}`
    return writeRevision(world, deployment, String(revision), { reason: 'NewReplicaSetCreated', message, always: true })
  }
  if (made.reason === 'AlreadyExists') {
    const collisionCount = (status.collisionCount ?? 0) + 1
    return world.updateStatus(DEPLOYMENTS, deployment, { ...status, collisionCount })
  }
  const message = `Failed to create new replica set ${JSON.stringify(name)}: ${made.message}`
  if (hasDeadline(deployment)) {
    const condition = createCondition('Progressing', 'False', {
      reason: 'ReplicaSetCreateError',
      message,
      now: world.now(),
    })
    world.updateStatus(DEPLOYMENTS, deployment, {
      ...status,
      conditions: setCondition(status.conditions ?? [], condition),
    })
  }
  return made
}

/** Gives one set, or each of them amid a rollout, the size that follows from that of the Deployment. */
const resize = (world: World, deployment: Deployment, { all, old, newSet }: Sets): void => {
  const wanted = toReplicas(deployment)
  const running = active(all)
  const [only] = running
  const latest = newSet ?? [...old].sort((left, right) => compareByCreation(right, left))[0]
  if (running.length <= 1) {
    const set = only ?? latest
    if (set) scaleSet(world, deployment, set, wanted)
    return
  }
  const isSaturated =
    newSet &&
    toReplicas(newSet) === wanted &&
    readDesired(newSet) === wanted &&
    newSet.status?.availableReplicas === wanted
  const sizes = isSaturated
    ? new Map(old.map(({ metadata }) => [metadata.name, 0]))
    : deployment.spec.strategy?.type === 'Recreate'
      ? new Map<string, number>()
      : computeProportions(deployment, running)
  for (const set of running) {
    const size = sizes.get(set.metadata.name)
    if (size !== undefined) scaleSet(world, deployment, set, size, !isSaturated)
  }
}

/** Scales a set; `always`: its annotations count, too. */
const scaleSet = (world: World, deployment: Deployment, set: ReplicaSet, size: number, always = false): void => {
  if (toReplicas(set) === size && !always) return
  const annotations = { ...set.metadata.annotations, ...toSizeAnnotations(deployment) }
  if (toReplicas(set) === size && isSameJson(annotations, set.metadata.annotations)) return
  world.update(SETS, { ...withMeta(set, { annotations }), spec: { ...set.spec, replicas: size } })
}

/** Deletes the oldest revisions that nobody will go back to. */
const cleanUp = (world: World, { spec }: Deployment, old: readonly ReplicaSet[]): void => {
  const { revisionHistoryLimit = 10 } = spec
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp)
  const surplus = [...alive]
    .sort((left, right) => toRevision(left) - toRevision(right))
    .slice(0, Math.max(0, alive.length - revisionHistoryLimit))
  for (const set of surplus) {
    const isIdle = (set.status?.replicas ?? 0) === 0 && toReplicas(set) === 0
    const isSeen = (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0)
    if (isIdle && isSeen) world.delete(SETS, toObjectKey(set))
  }
}

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
