import { formatTime } from '../rest/scope.ts'
import type { Node } from './node-fit.ts'
import type { Container, Pod } from './shapes.ts'

/** The image tag of containers that run and never become ready. */
const NEVER_READY = ':never-ready'

const isNeverReady = ({ image = '' }: Container): boolean => image.endsWith(NEVER_READY)

/** Whether a pod ends by itself: that of a Job does, unless it never gets ready. */
export const endsByItself = ({ spec }: Pod): boolean =>
  (spec.restartPolicy === 'Never' || spec.restartPolicy === 'OnFailure') && !spec.containers.some(isNeverReady)

/** The status of a pod that has come to run. Pure. */
export const computeRunningStatus = (
  { spec }: Pod,
  { now, node, address }: { now: Date; node: Node; address: string },
): object => {
  const time = formatTime(now)
  const isReady = !spec.containers.some(isNeverReady)
  const hostIP = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '127.0.0.1'
  const toCondition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: time,
  })
  const running = { running: { startedAt: time } }
  const podIP = spec.hostNetwork ? hostIP : address
  return {
    phase: 'Running',
    startTime: time,
    hostIP,
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [
      toCondition('Initialized', true),
      toCondition('ContainersReady', isReady),
      toCondition('Ready', isReady),
      ...(spec.readinessGates ?? []).map(({ conditionType }) => toCondition(conditionType, true)),
    ],
    containerStatuses: spec.containers.map((container) => ({
      ...toContainerStatus(container, !isNeverReady(container)),
      started: true,
      state: running,
    })),
    ...(spec.initContainers
      ? {
          initContainerStatuses: spec.initContainers.map((container) => ({
            ...toContainerStatus(container, true),
            ...(container.restartPolicy === 'Always' ? { started: true, state: running } : { state: toEnd(time) }),
          })),
        }
      : {}),
  }
}

const toContainerStatus = ({ name, image = '' }: Container, ready: boolean) => ({
  name,
  image,
  imageID: '',
  ready,
  restartCount: 0,
})

const toEnd = (time: string) => ({
  terminated: { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time },
})

/** The status of a pod that has done its work. Pure. */
export const computeSucceededStatus = ({ spec }: Pod, now: Date): object => {
  const time = formatTime(now)
  const toCondition = (type: string) => ({ type, status: 'False', reason: 'PodCompleted', lastTransitionTime: time })
  return {
    phase: 'Succeeded',
    conditions: [toCondition('ContainersReady'), toCondition('Ready')],
    containerStatuses: spec.containers.map((container) => ({
      ...toContainerStatus(container, false),
      started: false,
      state: toEnd(time),
    })),
  }
}

/** What a kubelet says of its node, in the order it says it. */
const NODE_CONDITIONS: readonly (readonly [string, string, string, string])[] = [
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['NetworkUnavailable', 'False', 'RouteCreated', 'RouteController created a route'],
]

/** The status of a node whose kubelet has begun. Pure. */
export const computeNodeStatus = ({ metadata }: Node, now: Date): object => {
  const time = formatTime(now)
  return {
    phase: 'Running',
    conditions: NODE_CONDITIONS.map(([type, status, reason, message]) => ({
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    })),
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: metadata.name },
    ],
  }
}
