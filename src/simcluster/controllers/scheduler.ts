import { formatTime } from '../rest/scope.ts'
import { findCondition } from './conditions.ts'
import { type Controller, itself, type ObjectChange, type Outcome, SCHEDULER } from './controller.ts'
import type { Node } from './node-fit.ts'
import { isFinished } from './pod-state.ts'
import { chooseNode } from './scheduler-rules.ts'
import type { Pod } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

const PODS = '/pods'
const CLAIMS = '/persistentvolumeclaims'

/** Gives each pod a node, or says why it has none. */
export const POD_SCHEDULER: Controller = {
  name: 'scheduler',
  agent: SCHEDULER,
  triggers: {
    [PODS]: (change, world) =>
      change.type === 'DELETED' ? world.board.unscheduled() : isWaiting(change.object as Pod) ? itself(change) : [],
    '/nodes': (change, world) => (changesRoom(change) ? world.board.unscheduled() : []),
    [CLAIMS]: (_change, world) => world.board.unscheduled(),
  },
  reconcile: (key, world) => {
    const pod = world.get(PODS, key) as Pod | undefined
    return pod && isWaiting(pod) ? schedule(world, pod) : undefined
  },
}

/** Heartbeats make no room. */
const changesRoom = ({ type, object, previous }: ObjectChange): boolean =>
  type !== 'MODIFIED' ||
  (previous as Node | undefined)?.spec !== (object as Node).spec ||
  previous?.metadata.labels !== object.metadata.labels ||
  (previous as Node).status?.allocatable !== (object as Node).status?.allocatable

const isWaiting = (pod: Pod): boolean =>
  !pod.spec.nodeName &&
  !pod.spec.schedulingGates?.length &&
  (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler' &&
  !pod.metadata.deletionTimestamp &&
  !isFinished(pod)

const schedule = (world: World, pod: Pod): Outcome => {
  const nodes = (world.list('/nodes') as readonly Node[]).filter(({ metadata }) => !metadata.deletionTimestamp)
  const missing = findClaimProblem(world, pod)
  if (missing) return refuse(world, pod, `0/${nodes.length} nodes are available: ${missing}. not found`)
  const readPods = (keys: readonly string[]): readonly Pod[] =>
    keys.flatMap((key) => (world.get(PODS, key) as Pod | undefined) ?? [])
  const { board } = world
  const room = {
    nodes,
    loadOf: board.loadOf,
    placed: () => readPods(nodes.flatMap(({ metadata }) => board.keysOn(metadata.name))),
    choosy: readPods(board.choosy()),
  }
  const choice = chooseNode(pod, room, world.random())
  if ('reason' in choice) return refuse(world, pod, choice.reason)
  const { name, namespace, uid } = pod.metadata
  const { labels = {} } = (nodes.find(({ metadata }) => metadata.name === choice.node) as Node).metadata
  const place = Object.fromEntries(TOPOLOGY.flatMap((key) => (labels[key] ? [[key, labels[key]]] : [])))
  const bound = world.post(PODS, toObjectKey(pod), 'binding', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid, labels: place },
    target: { kind: 'Node', name: choice.node },
  })
  return bound.ok || bound.code === 404 ? undefined : 'failed'
}

/** What the server tells a pod of the place of its node. */
const TOPOLOGY = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone']

const findClaimProblem = (world: World, pod: Pod): string | undefined => {
  for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
    if (!persistentVolumeClaim) continue
    const { claimName } = persistentVolumeClaim
    const claim = world.get(CLAIMS, `${pod.metadata.namespace}/${claimName}`)
    if (!claim) return `persistentvolumeclaim ${JSON.stringify(claimName)} not found`
    if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim ${JSON.stringify(claimName)} is being deleted`
    const { phase } = (claim.status ?? {}) as { phase?: string }
    if (phase === 'Lost')
      return `persistentvolumeclaim ${JSON.stringify(claimName)} bound to non-existent persistentvolume`
    const { volumeName, storageClassName } = claim.spec as { volumeName?: string; storageClassName?: string }
    if (phase !== 'Bound' && !volumeName && !waitsForConsumer(world, storageClassName))
      return 'pod has unbound immediate PersistentVolumeClaims'
  }
  return undefined
}

/** A volume of such a class is made for the pod's node, once it has one. */
const waitsForConsumer = (world: World, storageClass: string | undefined): boolean => {
  const found = storageClass === undefined ? undefined : world.get('storage.k8s.io/storageclasses', storageClass)
  return found?.volumeBindingMode === 'WaitForFirstConsumer'
}

const refuse = (world: World, pod: Pod, message: string): undefined => {
  const before = findCondition(pod.status?.conditions, 'PodScheduled')
  if (before?.status === 'False' && before.message === message) return undefined
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    observedGeneration: pod.metadata.generation ?? 1,
    lastProbeTime: null,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : formatTime(world.now()),
    reason: 'Unschedulable',
    message,
  }
  world.patch(PODS, toObjectKey(pod), {
    type: 'strategic',
    subresource: 'status',
    body: { status: { conditions: [condition] } },
  })
  return undefined
}
