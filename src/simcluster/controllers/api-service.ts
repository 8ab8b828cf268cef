import type { KubeObject } from '../../kube/object.ts'
import { formatTime } from '../rest/scope.ts'
import { findCondition, mergeCondition } from './conditions.ts'
import { APISERVER, type Controller, itself } from './controller.ts'
import type { Condition } from './shapes.ts'
import type { World } from './world.ts'

/** An APIService. */
export type ApiService = KubeObject & {
  readonly spec: {
    readonly group: string
    readonly version: string
    readonly service?: { readonly name: string; readonly namespace: string; readonly port?: number }
  }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

const SERVICES = 'apiregistration.k8s.io/apiservices'

/** Tells which APIs are served by whom: here, or by nobody. No backend of another server is ever called. */
export const API_SERVICE: Controller = {
  name: 'available-controller',
  agent: APISERVER,
  triggers: {
    [SERVICES]: itself,
    '/services': ({ object }, world) =>
      (world.list(SERVICES) as readonly ApiService[])
        .filter(
          ({ spec }) =>
            spec.service?.name === object.metadata.name && spec.service.namespace === object.metadata.namespace,
        )
        .map(({ metadata }) => metadata.name),
  },
  reconcile: (key, world) => {
    const service = world.get(SERVICES, key) as ApiService | undefined
    if (!service || service.metadata.deletionTimestamp) return undefined
    const { name = '', namespace = '' } = service.spec.service ?? {}
    const isThere = world.has('/services', `${namespace}/${name}`)
    const next = computeAvailable(service, isThere, world.now())
    const conditions = mergeCondition(service.status?.conditions ?? [], next)
    const written = world.updateStatus(SERVICES, service, { ...service.status, conditions })
    return written?.ok === false ? 'failed' : undefined
  },
}

/** The condition of an APIService, whose Service is there or not. Pure. */
export const computeAvailable = ({ spec }: ApiService, isThere: boolean, now: Date): Condition => {
  const lastTransitionTime = formatTime(now)
  if (!spec.service) {
    const message = 'Local APIServices are always available'
    return { type: 'Available', status: 'True', lastTransitionTime, reason: 'Local', message }
  }
  const { name, namespace, port = 443 } = spec.service
  return {
    type: 'Available',
    status: 'False',
    lastTransitionTime,
    ...(isThere
      ? {
          reason: 'MissingEndpoints',
          message:
            `endpoints for service/${name} in ${JSON.stringify(namespace)} have no addresses with port name "https"`.replace(
              '"https"',
              port === 443 ? '""' : '""',
            ),
        }
      : { reason: 'ServiceNotFound', message: `service/${name} in ${JSON.stringify(namespace)} is not present` }),
  }
}

/** `group/version` of the APIs that nobody answers for. */
export const listUnavailable = (world: World): readonly string[] =>
  (world.list(SERVICES) as readonly ApiService[])
    .filter(({ spec, status }) => spec.service && findCondition(status?.conditions, 'Available')?.status !== 'True')
    .map(({ spec }) => `${spec.group}/${spec.version}`)
