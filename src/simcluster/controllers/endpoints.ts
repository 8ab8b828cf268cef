import { matchesLabels } from '../../kube/label-selector.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type Controller, itself, type ObjectChange, type Outcome, toManagerAgent, toOwnerKeys } from './controller.ts'
import { type Backends, computeEndpoints, computeSlices, type Service, TRIGGER_TIME } from './endpoints-rules.ts'
import { isSameJson } from './is-same-json.ts'
import { withMeta } from './make-pod.ts'
import type { Pod } from './shapes.ts'
import { toObjectKey, type World } from './world.ts'

const SERVICES = '/services'
const PODS = '/pods'
const SLICES = 'discovery.k8s.io/endpointslices'
const ENDPOINTS = '/endpoints'

/** The Services that a pod is, or was, behind. */
const toServices = ({ object, previous }: ObjectChange, world: World): readonly string[] =>
  (world.listIn(SERVICES, object.metadata.namespace as string) as readonly Service[])
    .filter((service) => selects(service, object) || (previous !== undefined && selects(service, previous)))
    .map(toObjectKey)

const selects = ({ spec }: Service, { metadata }: KubeObject): boolean =>
  spec.selector !== undefined && matchesLabels(spec.selector, metadata.labels)

const findBackends = (world: World, service: Service): Backends => ({
  pods: (world.listIn(PODS, service.metadata.namespace as string) as readonly Pod[]).filter((pod) =>
    selects(service, pod),
  ),
  toZone: (node) => world.get('/nodes', node)?.metadata.labels?.['topology.kubernetes.io/zone'],
})

/** Whether somebody else says where a Service leads. */
const isForeign = ({ spec }: Service): boolean => spec.selector === undefined || spec.type === 'ExternalName'

/** The time of the last change does not count: it only comes with one. */
const isSame = (wish: KubeObject, live: KubeObject): boolean => {
  const toContent = ({ metadata: { labels, annotations }, ...rest }: KubeObject): object => {
    const { [TRIGGER_TIME]: _, ...others } = annotations ?? {}
    // What is null is as good as absent.
    const stated = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
    return { ...stated, labels: labels ?? {}, annotations: others }
  }
  return isSameJson(toContent(wish), toContent(live))
}

/** Tells in slices which pods are behind a Service. */
export const ENDPOINT_SLICES: Controller = {
  name: 'endpointslice-controller',
  agent: toManagerAgent('endpointslice-controller'),
  triggers: { [SERVICES]: itself, [PODS]: toServices, [SLICES]: toOwnerKeys('Service') },
  reconcile: (key, world) => {
    const service = world.get(SERVICES, key) as Service | undefined
    if (!service || service.metadata.deletionTimestamp || isForeign(service)) return undefined
    const wishes = computeSlices(service, findBackends(world, service))
    const left = [...world.controlledBy(service, SLICES)]
    let outcome: Outcome
    for (const wish of wishes) {
      const at = left.findIndex((slice) => wishes.length === 1 || isSameJson(slice.ports, wish.ports))
      const [live] = at < 0 ? [] : left.splice(at, 1)
      if (live && isSame(wish, live)) continue
      const { labels, annotations } = wish.metadata
      const next = live && { ...live, ...wish, metadata: withMeta(live, { labels, annotations }).metadata }
      const written = next ? world.update(SLICES, next) : world.create(SLICES, wish)
      if (!written.ok) outcome = 'failed'
    }
    for (const slice of left) if (!world.delete(SLICES, toObjectKey(slice)).ok) outcome = 'failed'
    return outcome
  },
}

/** Tells the same in the way that came before slices. */
export const ENDPOINTS_CONTROLLER: Controller = {
  name: 'endpoints-controller',
  agent: toManagerAgent('endpoint-controller'),
  triggers: { [SERVICES]: itself, [PODS]: toServices, [ENDPOINTS]: itself },
  reconcile: (key, world) => {
    const service = world.get(SERVICES, key) as Service | undefined
    const live = world.get(ENDPOINTS, key)
    // Those of a Service without a selector are somebody else's, but go with it.
    if (!service) return live?.metadata.labels?.[MANAGED_BY] ? toOutcome(world.delete(ENDPOINTS, key)) : undefined
    if (service.metadata.deletionTimestamp || isForeign(service)) return undefined
    const wish = computeEndpoints(service, findBackends(world, service))
    if (!live) return toOutcome(world.create(ENDPOINTS, wish))
    if (isSame(wish, live)) return undefined
    const { labels, annotations } = wish.metadata
    const metadata = withMeta(live, { labels, annotations }).metadata
    return toOutcome(world.update(ENDPOINTS, { ...live, subsets: undefined, ...wish, metadata } as KubeObject))
  },
}

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'

const toOutcome = ({ ok }: { readonly ok: boolean }): Outcome => (ok ? undefined : 'failed')
