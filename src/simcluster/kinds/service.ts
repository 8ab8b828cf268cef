import { isDeepStrictEqual } from 'node:util'
import type { Json, KubeObject } from '../../kube/object.ts'
import { hashText } from '../hash-text.ts'
import { isExternalService } from './defaults/by-kind.ts'

type Fields = Readonly<Record<string, Json | undefined>>

/** The addresses and ports of a Service follow from its uid, so that every run gives the same ones. */
export const allocateService = ({ spec, metadata }: KubeObject): Fields => {
  const service = spec as Fields
  if (service.type === 'ExternalName') return service
  const random = hashText(metadata.uid ?? metadata.name)
  const clusterIP = (service.clusterIP as string | undefined) || `10.96.${(random >>> 8) & 255}.${(random & 253) + 1}`
  return {
    ...service,
    clusterIP,
    clusterIPs: (service.clusterIPs ?? [clusterIP]) as Json,
    ipFamilies: (service.ipFamilies ?? ['IPv4']) as Json,
    ipFamilyPolicy: service.ipFamilyPolicy ?? 'SingleStack',
    ...(needsHealthCheck(service) && !service.healthCheckNodePort
      ? { healthCheckNodePort: 30_000 + ((random + 1_111) % 2_768) }
      : {}),
    ...(hasNodePorts(service) && Array.isArray(service.ports)
      ? {
          ports: service.ports.map((port, at) => ({
            nodePort: 30_000 + ((random + at * 7) % 2_768),
            ...(port as object),
          })) as Json,
        }
      : {}),
  }
}

/** An update that does not say keeps what was allocated. */
export const keepAllocated = (next: KubeObject, previous: KubeObject): Fields => {
  const known = previous.spec as Fields
  const service = giveBack(next.spec as Fields, known)
  const isExternal = service.type === 'ExternalName'
  const kept =
    isExternal || known.type === 'ExternalName'
      ? {}
      : pick(known, [
          'clusterIP',
          'clusterIPs',
          'ipFamilies',
          'ipFamilyPolicy',
          ...(needsHealthCheck(service) ? ['healthCheckNodePort'] : []),
        ])
  const ports = (known.ports ?? []) as readonly { port: number; protocol: string; nodePort?: number }[]
  const withPorts =
    Array.isArray(service.ports) && hasNodePorts(service)
      ? {
          ports: service.ports.map((port) => {
            const own = port as { port: number; protocol: string; nodePort?: number }
            const same = ports.find((one) => one.port === own.port && one.protocol === own.protocol)
            return own.nodePort === undefined && same?.nodePort !== undefined
              ? { ...own, nodePort: same.nodePort }
              : own
          }) as Json,
        }
      : {}
  return allocateService({ ...next, spec: { ...kept, ...service, ...withPorts } as Json } as KubeObject)
}

const hasNodePorts = ({ type, allocateLoadBalancerNodePorts: allocates }: Fields): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocates !== false)

/** Whether a load balancer leads to it. */
export const isBalanced = ({ type }: Fields): boolean => type === 'LoadBalancer'

const needsHealthCheck = ({ type, externalTrafficPolicy: policy }: Fields): boolean =>
  type === 'LoadBalancer' && policy === 'Local'

/** What another type of Service does not have goes with the type, unless the update changes it itself. */
const giveBack = (service: Fields, known: Fields): Fields => {
  const lost = [
    ...(isExternalService(known) && !isExternalService(service) ? ['externalTrafficPolicy'] : []),
    ...(needsHealthCheck(known) && !needsHealthCheck(service) ? ['healthCheckNodePort'] : []),
    ...(isBalanced(known) && !isBalanced(service) ? ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] : []),
  ].filter((key) => isDeepStrictEqual(service[key], known[key]))
  const left = Object.fromEntries(Object.entries(service).filter(([key]) => !lost.includes(key)))
  const portsOf = ({ ports }: Fields): readonly Fields[] => (ports ?? []) as unknown as readonly Fields[]
  const toNodePorts = (fields: Fields): Set<unknown> =>
    new Set(portsOf(fields).flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort])))
  const mayHave = ({ type }: Fields): boolean => type === 'NodePort' || type === 'LoadBalancer'
  if (!mayHave(known) || mayHave(service) || !toNodePorts(service).isSubsetOf(toNodePorts(known))) return left
  return { ...left, ports: portsOf(service).map(({ nodePort: _, ...port }) => port) as Json }
}

const pick = (fields: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(keys.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]])))
