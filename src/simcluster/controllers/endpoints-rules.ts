import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { findCondition } from './conditions.ts'
import { toControllerReference } from './make-pod.ts'
import { isFinished, isReady } from './pod-state.ts'
import type { Pod } from './shapes.ts'

/** A Service. */
export type Service = KubeObject & {
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly selector?: Readonly<Record<string, string>>
    readonly publishNotReadyAddresses?: boolean
    readonly ports?: readonly ServicePort[]
  }
}
type ServicePort = {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
  readonly appProtocol?: string
  readonly targetPort?: number | string
}
type EndpointPort = { readonly name: string; readonly port: number; readonly protocol: string }

/** What is seen of a Service: its pods, and in which zone nodes are. */
export type Backends = { readonly pods: readonly Pod[]; readonly toZone: (node: string) => string | undefined }

/** The annotation that says since when they are so. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'
const HEADLESS = 'service.kubernetes.io/headless'

/** What is looked for, by the ports that pods have for those of the Service: most have the same. */
const groupByPorts = (service: Service, pods: readonly Pod[]): readonly (readonly [EndpointPort[], Pod[]])[] => {
  const groups = new Map<string, [EndpointPort[], Pod[]]>()
  for (const pod of pods) {
    if (!pod.status?.podIP || isFinished(pod)) continue
    const ports = (service.spec.ports ?? []).flatMap((port) => toEndpointPort(port, pod) ?? [])
    const key = JSON.stringify(ports)
    const group = groups.get(key)
    if (group) group[1].push(pod)
    else groups.set(key, [ports, [pod]])
  }
  return [...groups.values()]
}

const toEndpointPort = (
  { name = '', port, protocol = 'TCP', targetPort = port, appProtocol }: ServicePort,
  { spec }: Pod,
): EndpointPort | undefined => {
  const found =
    typeof targetPort === 'number'
      ? targetPort
      : spec.containers
          .flatMap(({ ports = [] }) => ports)
          .find((each) => each.name === targetPort && (each.protocol ?? 'TCP') === protocol)?.containerPort
  return found === undefined ? undefined : { name, port: found, protocol, ...(appProtocol ? { appProtocol } : {}) }
}

const toTarget = ({ metadata: { name, namespace, uid } }: Pod): object => ({ kind: 'Pod', namespace, name, uid })

/** A pod has a name of its own below that of the Service. */
const toHostname = (service: Service, { spec, metadata }: Pod): { hostname?: string } =>
  spec.hostname && spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace
    ? { hostname: spec.hostname }
    : {}

/** Since when the Service and its pods are as they are. */
const toTriggerTime = ({ metadata }: Service, pods: readonly Pod[]): string =>
  [metadata.creationTimestamp ?? '', ...pods.map(({ status }) => toReadyTime(status?.conditions))]
    .sort()
    .at(-1) as string

const toReadyTime = (conditions: Parameters<typeof findCondition>[0]): string =>
  findCondition(conditions, 'Ready')?.lastTransitionTime ?? ''

const isHeadless = ({ spec }: Service): boolean => spec.clusterIP === 'None'

/** The labels that both kinds take from the Service. */
const toLabels = (service: Service, own: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  ...service.metadata.labels,
  ...own,
  ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
})

/** The slices that a Service should have. Without pods it has an empty one. Pure. */
export const computeSlices = (service: Service, { pods, toZone }: Backends): readonly KubeObject[] => {
  const { name, namespace } = service.metadata
  const { publishNotReadyAddresses = false } = service.spec
  const toEndpoint = (pod: Pod): object => {
    const { nodeName = '' } = pod.spec
    const serving = isReady(pod)
    const terminating = pod.metadata.deletionTimestamp !== undefined
    const zone = toZone(nodeName)
    return {
      addresses: [pod.status?.podIP],
      conditions: { ready: publishNotReadyAddresses || (serving && !terminating), serving, terminating },
      ...toHostname(service, pod),
      targetRef: toTarget(pod),
      nodeName,
      ...(zone ? { zone } : {}),
    }
  }
  const toSlice = (ports: readonly object[] | null, endpoints: readonly object[] | null): KubeObject => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: toLabels(service, {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      }),
      annotations: { [TRIGGER_TIME]: toTriggerTime(service, pods) },
      ownerReferences: [toControllerReference(service)],
    } as unknown as ObjectMeta,
    addressType: 'IPv4',
    ...({ ports, endpoints } as object),
  })
  const groups = groupByPorts(service, pods)
  if (groups.length === 0) return [toSlice(null, null)]
  return groups.map(([ports, members]) => toSlice(ports, members.map(toEndpoint)))
}

/** The Endpoints that a Service should have. Pure. */
export const computeEndpoints = (service: Service, { pods }: Backends): KubeObject => {
  const { name, namespace } = service.metadata
  const { publishNotReadyAddresses = false } = service.spec
  const reachable = pods.filter(({ metadata }) => publishNotReadyAddresses || !metadata.deletionTimestamp)
  const toAddress = (pod: Pod) => ({
    ip: pod.status?.podIP ?? '',
    ...(isHeadless(service) ? toHostname(service, pod) : {}),
    nodeName: pod.spec.nodeName,
    targetRef: toTarget(pod),
  })
  const subsets = groupByPorts(service, reachable).map(([ports, members]) => {
    const ready = members.filter((pod) => publishNotReadyAddresses || isReady(pod))
    const others = members.filter((pod) => !ready.includes(pod))
    return {
      ...(ready.length > 0 ? { addresses: ready.map(toAddress).sort(byAddress) } : {}),
      ...(others.length > 0 ? { notReadyAddresses: others.map(toAddress).sort(byAddress) } : {}),
      ports: [...ports].sort(byName).map(({ name: port, ...rest }) => (port === '' ? rest : { name: port, ...rest })),
    }
  })
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      namespace: namespace as string,
      labels: toLabels(service, { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' }),
      annotations: { [TRIGGER_TIME]: toTriggerTime(service, pods) },
    },
    ...(subsets.length > 0 ? ({ subsets } as object) : {}),
  }
}

const byAddress = (left: { readonly ip: string }, right: { readonly ip: string }): number =>
  left.ip < right.ip ? -1 : 1
const byName = (left: EndpointPort, right: EndpointPort): number => (left.name < right.name ? -1 : 1)
