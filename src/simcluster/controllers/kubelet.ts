import { type Controller, itself, type Outcome, toKubeletAgent } from './controller.ts'
import { computeNodeStatus, computeRunningStatus, computeSucceededStatus, endsByItself } from './kubelet-rules.ts'
import type { Node } from './node-fit.ts'
import { isReady } from './pod-state.ts'
import type { Pod } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

const PODS = '/pods'
const NODES = '/nodes'

/** Runs the pods of all nodes: they start, end where they are meant to, and stop when told. */
export const KUBELET_PODS: Controller = {
  name: 'kubelet-pods',
  agent: toKubeletAgent(''),
  triggers: { [PODS]: itself, [NODES]: ({ type, key }, world) => (type === 'ADDED' ? world.board.keysOn(key) : []) },
  reconcile: (key, world) => {
    const pod = world.get(PODS, key) as Pod | undefined
    if (!pod) world.forget(key)
    const node = pod?.spec.nodeName ? (world.get(NODES, pod.spec.nodeName) as Node | undefined) : undefined
    return pod && node ? run(world.as(toKubeletAgent(node.metadata.name)), pod, node) : undefined
  },
}

const run = (world: World, pod: Pod, node: Node): Outcome => {
  const key = toObjectKey(pod)
  const { phase = 'Pending' } = pod.status ?? {}
  if (pod.metadata.deletionTimestamp) return stop(world, pod)
  const now = world.now()
  if (phase === 'Pending') {
    if (!world.hasWaited(key, 'start', world.delays.podStart)) return undefined
    const body = { status: computeRunningStatus(pod, { now, node, address: world.allocateAddress() }) }
    const written = world.patch(PODS, key, { type: 'strategic', subresource: 'status', body })
    return written.ok || written.code === 404 ? undefined : 'failed'
  }
  if (phase === 'Running' && endsByItself(pod) && isReady(pod)) {
    if (!world.hasWaited(key, 'run', world.delays.podRun)) return undefined
    const body = { status: computeSucceededStatus(pod, now) }
    const written = world.patch(PODS, key, { type: 'strategic', subresource: 'status', body })
    return written.ok || written.code === 404 ? undefined : 'failed'
  }
  return undefined
}

/** Leaves finalizers alone: a pod that somebody holds is held. */
const stop = (world: World, pod: Pod): Outcome => {
  const key = toObjectKey(pod)
  const { uid } = pod.metadata
  const { deletionGracePeriodSeconds: grace = 0 } = pod.metadata as { deletionGracePeriodSeconds?: number }
  if (grace === 0) return undefined
  if (!world.hasWaited(key, 'stop', world.delays.podStop)) return undefined
  const gone = world.delete(PODS, key, { uid: uid as string, gracePeriodSeconds: 0 })
  return gone.ok || gone.code === 404 ? undefined : 'failed'
}

/** Says that a node is well, once. It does not go on saying so: nobody here doubts it. */
export const KUBELET_NODES: Controller = {
  name: 'kubelet-nodes',
  agent: toKubeletAgent(''),
  triggers: { [NODES]: itself },
  reconcile: (key, world) => {
    const node = world.get(NODES, key) as Node | undefined
    if (!node || node.metadata.deletionTimestamp || node.status?.conditions?.length) return undefined
    const body = { status: computeNodeStatus(node, world.now()) }
    const written = world.as(toKubeletAgent(key)).patch(NODES, key, { type: 'strategic', subresource: 'status', body })
    return written.ok ? undefined : 'failed'
  },
}
