import type { LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import { TEMPLATE_GENERATION } from '../kinds/defaults/by-kind.ts'
import { claim } from './adopt.ts'
import { type Controller, itself, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import { compareByCreation } from './deployment-rules.ts'
import { resolveCount } from './int-or-percent.ts'
import { makePod, withLabels } from './make-pod.ts'
import { findUntolerated, isChosen, type Node } from './node-fit.ts'
import { omitEmpty } from './omit-empty.ts'
import { isAvailable, isFinished, isReady } from './pod-state.ts'
import { wakeWhenAvailable } from './replica-set.ts'
import { cleanUpRevisions, ensureRevision, listRevisions } from './revisions.ts'
import type { IntOrPercent, Pod, PodSpec, PodTemplate, Toleration } from './shapes.ts'
import { REVISION_LABEL, toPodRevision } from './stateful-set-rules.ts'
import { toObjectKey, type World } from './world.ts'

/** A DaemonSet. */
export type DaemonSet = KubeObject & {
  readonly spec: {
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
    readonly updateStrategy?: {
      readonly type?: string
      readonly rollingUpdate?: { readonly maxUnavailable?: IntOrPercent }
    }
  }
  readonly status?: Readonly<Record<string, unknown>>
}

const NAME = 'daemon-set-controller'
const SETS = 'apps/daemonsets'
const PODS = '/pods'

/** Keeps a pod of each DaemonSet on each node that it is for. */
export const DAEMON_SET: Controller = {
  name: NAME,
  agent: toManagerAgent(NAME),
  triggers: {
    [SETS]: itself,
    [PODS]: toOwnerKeys('DaemonSet'),
    // Heartbeats change no label and no taint.
    '/nodes': ({ type, object, previous }, world) =>
      type !== 'MODIFIED' || previous?.spec !== object.spec || previous?.metadata.labels !== object.metadata.labels
        ? world.keys(SETS)
        : [],
  },
  reconcile: (key, world) => {
    const set = world.get(SETS, key) as DaemonSet | undefined
    return set && sync(world, set)
  },
}

/** What every daemon bears, so that it runs on nodes that are not well. */
const TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]
const OF_THE_HOST: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
}

const toTolerations = ({ hostNetwork, tolerations = [] }: PodSpec): readonly Toleration[] => {
  const added = hostNetwork ? [...TOLERATIONS, OF_THE_HOST] : TOLERATIONS
  const isStated = (own: Toleration): boolean =>
    tolerations.some(
      ({ key, operator, effect }) => key === own.key && operator === own.operator && effect === own.effect,
    )
  return [...tolerations, ...added.filter((own) => !isStated(own))]
}

/** The nodes that a set has a pod on. Pure. */
export const chooseNodes = ({ spec }: DaemonSet, nodes: readonly Node[]): readonly Node[] => {
  const { nodeName } = spec.template.spec
  const tolerations = toTolerations(spec.template.spec)
  return nodes.filter(
    (node) =>
      (!nodeName || nodeName === node.metadata.name) &&
      isChosen(spec.template.spec, node) &&
      findUntolerated(node, tolerations) === undefined,
  )
}

/** The node that a pod of a set is on, or made for. */
export const toNodeName = ({ spec }: Pod): string | undefined =>
  spec.nodeName ??
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.[0]?.matchFields?.[0]
    ?.values?.[0]

/** What is seen of the pods of a set. */
export type DaemonsSeen = {
  readonly nodes: readonly Node[]
  readonly pods: readonly Pod[]
  readonly hash: string
  readonly now: Date
}

/** The status that a set should have. Pure. */
export const computeDaemonSetStatus = (set: DaemonSet, { nodes, pods, hash, now }: DaemonsSeen): object => {
  const chosen = new Set(nodes.map(({ metadata }) => metadata.name))
  const byNode = Map.groupBy(pods, (pod) => toNodeName(pod) ?? '')
  const first = nodes.flatMap(({ metadata }) =>
    [...(byNode.get(metadata.name) ?? [])].sort(compareByCreation).slice(0, 1),
  )
  const available = first.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length
  const { collisionCount, conditions } = set.status ?? {}
  return {
    currentNumberScheduled: first.length,
    numberMisscheduled: [...byNode.keys()].filter((name) => !chosen.has(name)).length,
    desiredNumberScheduled: nodes.length,
    numberReady: first.filter(isReady).length,
    ...omitEmpty({
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: first.filter((pod) => toPodRevision(pod) === hash).length,
      numberAvailable: available,
      numberUnavailable: nodes.length - available,
      collisionCount,
      conditions,
    }),
  }
}

const sync = (world: World, set: DaemonSet): Outcome => {
  const revision = ensureRevision(world, set, REVISION_LABEL)
  if (!revision) return 'failed'
  const hash = revision.metadata.labels?.[REVISION_LABEL] ?? ''
  const nodes = chooseNodes(set, world.list('/nodes') as readonly Node[])
  const owned = claim(world, set, PODS, set.spec.selector) as readonly Pod[]
  const outcome = set.metadata.deletionTimestamp
    ? undefined
    : place(world, set, { nodes, pods: owned, hash, now: world.now() })
  const pods = world.controlledBy(set, PODS) as readonly Pod[]
  const written = world.updateStatus(SETS, set, computeDaemonSetStatus(set, { nodes, pods, hash, now: world.now() }))
  const hashes = new Set([hash, ...pods.map(toPodRevision)])
  const live = listRevisions(world, set).filter(({ metadata }) => hashes.has(metadata.labels?.[REVISION_LABEL] ?? ''))
  cleanUpRevisions(world, set, new Set(live.map(({ metadata }) => metadata.name)))
  wakeWhenAvailable(world, toObjectKey(set), pods, set.spec.minReadySeconds)
  return written?.ok === false ? 'failed' : outcome
}

const place = (world: World, set: DaemonSet, seen: DaemonsSeen): Outcome => {
  const byNode = Map.groupBy(seen.pods, (pod) => toNodeName(pod) ?? '')
  const chosen = new Set(seen.nodes.map(({ metadata }) => metadata.name))
  for (const [name, pods] of byNode) {
    const [, ...surplus] = [...pods].sort(compareByCreation)
    for (const pod of chosen.has(name) ? surplus : pods) removePod(world, pod)
    const [first] = pods
    if (first && chosen.has(name) && isFinished(first)) removePod(world, first)
  }
  for (const { metadata } of seen.nodes) {
    if (byNode.has(metadata.name)) continue
    const made = world.create(PODS, makeDaemon(set, metadata.name, seen.hash))
    if (!made.ok) return 'failed'
  }
  if (set.spec.updateStrategy?.type !== 'OnDelete') rollSome(world, set, seen)
  return undefined
}

const removePod = (world: World, pod: Pod): void => {
  if (!pod.metadata.deletionTimestamp) world.delete(PODS, toObjectKey(pod), { uid: pod.metadata.uid as string })
}

/** A pod that is meant for one node. */
const makeDaemon = (set: DaemonSet, node: string, hash: string): KubeObject => {
  const pod = makePod(set.spec.template, set)
  const { affinity, ...spec } = set.spec.template.spec
  const onlyThere = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] }
  const nodeAffinity = { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: onlyThere }
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION] ?? String(set.metadata.generation ?? 1)
  return {
    ...withLabels(pod, { [REVISION_LABEL]: hash, 'pod-template-generation': generation }),
    spec: { ...spec, affinity: { ...affinity, nodeAffinity }, tolerations: toTolerations(spec) },
  }
}

/** Deletes pods of an old template: those that are not well, and as many others as may be missing. */
const rollSome = (world: World, set: DaemonSet, { nodes, pods, hash, now }: DaemonsSeen): void => {
  const old = pods.filter((pod) => toPodRevision(pod) !== hash)
  if (old.length === 0) return
  const { minReadySeconds = 0, updateStrategy } = set.spec
  const isWell = (pod: Pod): boolean => !pod.metadata.deletionTimestamp && isAvailable(pod, minReadySeconds, now)
  const most = Math.max(1, resolveCount(updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, nodes.length, 'up'))
  for (const pod of old.filter((each) => !isWell(each))) removePod(world, pod)
  const missing = nodes.length - pods.filter(isWell).length
  for (const pod of old.filter(isWell).slice(0, Math.max(0, most - missing))) removePod(world, pod)
}
