import { claim } from './adopt.ts'
import { type Controller, itself, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import { isFinished, isReady } from './pod-state.ts'
import { wakeWhenAvailable } from './replica-set.ts'
import { cleanUpRevisions, ensureRevision, listRevisions, type Revision, toTemplate } from './revisions.ts'
import type { Pod } from './shapes.ts'
import {
  computeStatefulSetStatus,
  makeClaims,
  makeNumberedPod,
  type StatefulSet,
  toOrdinal,
  toOrdinals,
  toPodRevision,
} from './stateful-set-rules.ts'
import { toObjectKey, type World } from './world.ts'

const NAME = 'statefulset-controller'
const SETS = 'apps/statefulsets'
const PODS = '/pods'
const CLAIMS = '/persistentvolumeclaims'

/** Keeps the numbered pods of StatefulSets, one after the other. */
export const STATEFUL_SET: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: { [SETS]: itself, [PODS]: toOwnerKeys('StatefulSet') },
  reconcile: (key, world) => {
    const set = world.get(SETS, key) as StatefulSet | undefined
    return set && sync(world, set)
  },
}

const sync = (world: World, set: StatefulSet): Outcome => {
  claim(world, set, PODS, set.spec.selector)
  const update = ensureRevision(world, set, 'controller.kubernetes.io/hash')
  if (!update) return 'failed'
  const current =
    listRevisions(world, set).find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
  const readPods = (): readonly Pod[] => world.controlledBy(set, PODS) as readonly Pod[]
  const outcome = set.metadata.deletionTimestamp ? undefined : step(world, set, { pods: readPods(), current, update })
  const pods = readPods()
  const status = computeStatefulSetStatus(set, {
    pods,
    current: current.metadata.name,
    update: update.metadata.name,
    now: world.now(),
  })
  const written = world.updateStatus(SETS, set, status)
  cleanUpRevisions(world, set, new Set([current.metadata.name, update.metadata.name, ...pods.map(toPodRevision)]))
  wakeWhenAvailable(world, toObjectKey(set), pods, set.spec.minReadySeconds)
  return written?.ok === false ? 'failed' : outcome
}

type Seen = { readonly pods: readonly Pod[]; readonly current: Revision; readonly update: Revision }

/** Does what may be done now: in order, unless the set manages its pods in parallel. */
const step = (world: World, set: StatefulSet, seen: Seen): Outcome => {
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel'
  const { pods } = seen
  const byOrdinal = new Map(pods.map((pod) => [toOrdinal(set, pod), pod]))
  const wanted = toOrdinals(set)
  for (const ordinal of wanted) {
    const pod = byOrdinal.get(ordinal)
    if (pod && isFinished(pod) && !pod.metadata.deletionTimestamp) {
      world.delete(PODS, toObjectKey(pod))
      if (isOrdered) return undefined
    } else if (!pod) {
      if (makeOne(world, set, ordinal, seen) === 'failed') return 'failed'
      if (isOrdered) return undefined
    } else if (isOrdered && (pod.metadata.deletionTimestamp || !isReady(pod))) return undefined
  }
  const isWanted = new Set(wanted)
  const surplus = pods
    .filter((pod) => !isWanted.has(toOrdinal(set, pod)))
    .sort((left, right) => toOrdinal(set, right) - toOrdinal(set, left))
  for (const pod of surplus) {
    if (!pod.metadata.deletionTimestamp) world.delete(PODS, toObjectKey(pod))
    if (isOrdered) return undefined
  }
  return rollOne(world, set, byOrdinal, seen.update)
}

const makeOne = (world: World, set: StatefulSet, ordinal: number, { current, update }: Seen): Outcome => {
  for (const wish of makeClaims(set, ordinal)) {
    if (world.has(CLAIMS, toObjectKey(wish))) continue
    if (!world.create(CLAIMS, wish).ok) return 'failed'
  }
  const revision = isOfCurrent(set, ordinal, update) ? current : update
  const template = toTemplate(revision)
  const made = world.create(PODS, makeNumberedPod(set, ordinal, { template, revision: revision.metadata.name }))
  return made.ok || made.reason === 'AlreadyExists' ? undefined : 'failed'
}

/** Whether a pod that is made anew is of the revision before the last, because the update has not come to it. */
const isOfCurrent = (set: StatefulSet, ordinal: number, update: Revision): boolean => {
  const { updateStrategy, ordinals } = set.spec
  if (updateStrategy?.type === 'OnDelete') return false
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0
  if (partition > 0) return ordinal < partition
  const { currentReplicas = 0, currentRevision } = set.status ?? {}
  return currentRevision !== update.metadata.name && ordinal < (ordinals?.start ?? 0) + currentReplicas
}

/** Deletes the pod with the highest number that is not of the present template, once all above it are well. */
const rollOne = (
  world: World,
  { spec, ...set }: StatefulSet,
  byOrdinal: ReadonlyMap<number, Pod>,
  update: Revision,
): undefined => {
  if (spec.updateStrategy?.type === 'OnDelete') return undefined
  const least = spec.updateStrategy?.rollingUpdate?.partition ?? 0
  for (const ordinal of toOrdinals({ ...set, spec } as StatefulSet).toReversed()) {
    if (ordinal < least) return undefined
    const pod = byOrdinal.get(ordinal)
    if (!pod) return undefined
    if (toPodRevision(pod) !== update.metadata.name && !pod.metadata.deletionTimestamp) {
      world.delete(PODS, toObjectKey(pod))
      return undefined
    }
    if (pod.metadata.deletionTimestamp || !isReady(pod)) return undefined
  }
  return undefined
}
