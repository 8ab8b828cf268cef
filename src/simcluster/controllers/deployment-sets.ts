import type { ObjectMeta } from '../../kube/object.ts'
import { findCondition, setCondition } from './conditions.ts'
import {
  compareByCreation,
  computeNewSetSize,
  computeProportions,
  computeSetAnnotations,
  type Deployment,
  HASH_LABEL,
  hasDeadline,
  REVISION,
  readDesired,
  toReplicas,
  toRevision,
  toSizeAnnotations,
} from './deployment-rules.ts'
import { createCondition } from './deployment-status.ts'
import { hashTemplate } from './hash.ts'
import { isSameJson } from './is-same-json.ts'
import { toControllerReference, withMeta } from './make-pod.ts'
import type { ReplicaSet } from './replica-set.ts'
import { toObjectKey, type World, type WriteOutcome } from './world.ts'

const DEPLOYMENTS = 'apps/deployments'
const SETS = 'apps/replicasets'

/** The sets of a Deployment: the one of the present template, if there is one yet, and the others. */
export type Sets = {
  readonly all: readonly ReplicaSet[]
  readonly old: readonly ReplicaSet[]
  readonly newSet: ReplicaSet | undefined
}

/** Sets that should have pods. */
export const active = (sets: readonly ReplicaSet[]): readonly ReplicaSet[] => sets.filter((set) => toReplicas(set) > 0)

/** The revision is written together with the status, as the controller does. */
export const writeRevision = (
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

/** Makes the set of the present template. */
export const createNewSet = (world: World, deployment: Deployment, { all, old }: Sets): WriteOutcome | undefined => {
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
export const resize = (world: World, deployment: Deployment, { all, old, newSet }: Sets): void => {
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
export const scaleSet = (world: World, deployment: Deployment, set: ReplicaSet, size: number, always = false): void => {
  if (toReplicas(set) === size && !always) return
  const annotations = { ...set.metadata.annotations, ...toSizeAnnotations(deployment) }
  if (toReplicas(set) === size && isSameJson(annotations, set.metadata.annotations)) return
  world.update(SETS, { ...withMeta(set, { annotations }), spec: { ...set.spec, replicas: size } })
}

/** Deletes the oldest revisions that nobody will go back to. */
export const cleanUp = (world: World, { spec }: Deployment, old: readonly ReplicaSet[]): void => {
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
