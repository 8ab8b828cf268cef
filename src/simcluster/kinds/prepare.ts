import { isDeepStrictEqual } from 'node:util'
import type { Json, KubeObject, ObjectMeta } from '../../kube/object.ts'
import { isExternalService, TEMPLATE_GENERATION } from './defaults/by-kind.ts'

type Fields = Readonly<Record<string, Json | undefined>>

const RBAC = 'rbac.authorization.k8s.io'

/** No rules are kept as none; to whoever states them, they are a list that is empty. */
function withRules(role: KubeObject): KubeObject {
  return Array.isArray(role.rules) && role.rules.length === 0 ? { ...role, rules: null } : role
}

/** What the server makes of a new object before it is stored, by group and kind. */
export const PREPARE_CREATE: Readonly<Record<string, (object: KubeObject, now: Date) => KubeObject>> = {
  '/Namespace': (object) => {
    const finalizers = [
      ...new Set([...(((object.spec as Fields).finalizers as string[] | undefined) ?? []), 'kubernetes']),
    ]
    return withMetadata(
      { ...object, spec: { finalizers }, status: { phase: 'Active' } },
      { labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name } },
    )
  },
  '/Service': (object) => ({ ...object, spec: allocateService(object) as Json, status: { loadBalancer: {} } }),
  '/Pod': (object) => ({
    ...object,
    spec: admitPod(object.spec as Fields, object.metadata.uid ?? '') as Json,
    status: { phase: 'Pending', qosClass: toQosClass(object) },
  }),
  '/PersistentVolume': (object, now) => ({
    ...withMetadata(object, { finalizers: withFinalizer(object, 'kubernetes.io/pv-protection') }),
    status: { phase: 'Pending', lastPhaseTransitionTime: `${now.toISOString().slice(0, 19)}Z` },
  }),
  '/PersistentVolumeClaim': (object) => ({
    ...withMetadata(object, { finalizers: withFinalizer(object, 'kubernetes.io/pvc-protection') }),
    status: { phase: 'Pending' },
  }),
  'apiextensions.k8s.io/CustomResourceDefinition': (object) => ({
    ...object,
    status: toDefinitionStatus(object) as Json,
  }),
  [`${RBAC}/Role`]: withRules,
  [`${RBAC}/ClusterRole`]: withRules,
  'apps/DaemonSet': (object) => withTemplateGeneration(object, Math.max(1, readTemplateGeneration(object))),
  'batch/Job': (object) => withJobSelector(object),
}

/** What the server makes of an update before it is stored. */
export const PREPARE_UPDATE: Readonly<Record<string, (next: KubeObject, previous: KubeObject) => KubeObject>> = {
  '/Namespace': (next, previous) => ({ ...next, spec: previous.spec ?? {} }),
  '/Service': (next, previous) => ({
    ...next,
    spec: keepAllocated(next, previous) as Json,
    ...(isBalanced(previous.spec as Fields) && !isBalanced(next.spec as Fields)
      ? { status: { ...(next.status as Fields | undefined), loadBalancer: {} } }
      : {}),
  }),
  [`${RBAC}/Role`]: withRules,
  [`${RBAC}/ClusterRole`]: withRules,
  'apps/DaemonSet': (next, previous) => {
    const isSame = isDeepStrictEqual((next.spec as Fields).template, (previous.spec as Fields).template)
    return withTemplateGeneration(next, readTemplateGeneration(previous) + (isSame ? 0 : 1))
  },
}

const toDefinitionStatus = ({ spec }: KubeObject): Fields => {
  const { versions } = spec as unknown as { versions: readonly { name: string; storage: boolean }[] }
  const stored = versions.filter(({ storage }) => storage).map(({ name }) => name)
  return { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: stored }
}

const NOT_READY = ['not-ready', 'unreachable'].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))

/** What admission gives every pod: an account with its token, how long it bears a lost node, and a priority. */
const admitPod = (spec: Fields, uid: string): Fields => {
  const account = (spec.serviceAccountName as string | undefined) || 'default'
  const tolerations = (spec.tolerations ?? []) as readonly { key?: string; effect?: string }[]
  const missing = NOT_READY.filter(
    ({ key }) => !tolerations.some((own) => (own.key ?? key) === key && (own.effect ?? 'NoExecute') === 'NoExecute'),
  )
  const admitted: Fields = {
    ...spec,
    serviceAccountName: account,
    serviceAccount: account,
    tolerations: [...tolerations, ...missing] as Json,
    ...(spec.priority === undefined ? { priority: 0 } : {}),
    ...(spec.preemptionPolicy === undefined ? { preemptionPolicy: 'PreemptLowerPriority' } : {}),
  }
  return spec.automountServiceAccountToken === false ? admitted : mountToken(admitted, uid)
}

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

const mountToken = (spec: Fields, uid: string): Fields => {
  const name = `kube-api-access-${toNumber(uid).toString(36).padStart(5, '0').slice(-5)}`
  const mount = (container: Json): Json => {
    const { volumeMounts = [], ...rest } = container as { volumeMounts?: readonly { mountPath: string }[] }
    if (volumeMounts.some(({ mountPath }) => mountPath === TOKEN_PATH)) return container
    return { ...rest, volumeMounts: [...volumeMounts, { name, readOnly: true, mountPath: TOKEN_PATH }] }
  }
  const mounted = Object.fromEntries(
    ['containers', 'initContainers'].flatMap((key) =>
      Array.isArray(spec[key]) ? [[key, (spec[key] as Json[]).map(mount)]] : [],
    ),
  )
  const sources: Json = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ]
  const volume: Json = { name, projected: { sources, defaultMode: 420 } }
  return { ...spec, ...mounted, volumes: [...((spec.volumes ?? []) as Json[]), volume] }
}

const readTemplateGeneration = ({ metadata }: KubeObject): number =>
  Number(metadata.annotations?.[TEMPLATE_GENERATION] ?? 0)

const withTemplateGeneration = (object: KubeObject, generation: number): KubeObject =>
  withMetadata(object, { annotations: { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) } })

/** The addresses and ports of a Service follow from its uid, so that every run gives the same ones. */
const allocateService = ({ spec, metadata }: KubeObject): Fields => {
  const service = spec as Fields
  if (service.type === 'ExternalName') return service
  const random = toNumber(metadata.uid ?? metadata.name)
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
const keepAllocated = (next: KubeObject, previous: KubeObject): Fields => {
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

const isBalanced = ({ type }: Fields): boolean => type === 'LoadBalancer'

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

const withJobSelector = (object: KubeObject): KubeObject => {
  const spec = object.spec as Fields & { template: { metadata?: ObjectMeta } & Fields }
  if (spec.manualSelector === true) return { ...object, status: {} }
  const { uid = '', name } = object.metadata
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  }
  const metadata = spec.template.metadata
  // Labels of its own stay as they are: those of its pods get in only where it has taken them over.
  const own = object.metadata.labels
  const hasOwn = own !== undefined && !isDeepStrictEqual(own, metadata?.labels)
  return {
    ...(hasOwn ? object : withMetadata(object, { labels: { ...own, ...labels } })),
    spec: {
      ...spec,
      manualSelector: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...spec.template, metadata: { ...metadata, labels: { ...metadata?.labels, ...labels } } },
    } as Json,
    status: {},
  }
}

const toQosClass = ({ spec }: KubeObject): string => {
  const containers = ((spec as Fields).containers ?? []) as { resources?: { limits?: Fields; requests?: Fields } }[]
  const all = containers.map(({ resources = {} }) => [resources.requests ?? {}, resources.limits ?? {}] as const)
  if (all.every(([requests, limits]) => Object.keys({ ...requests, ...limits }).length === 0)) return 'BestEffort'
  const isGuaranteed = all.every(([requests, limits]) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

const withFinalizer = ({ metadata }: KubeObject, finalizer: string): string[] => [
  ...new Set([...(metadata.finalizers ?? []), finalizer]),
]

const withMetadata = (object: KubeObject, members: Readonly<Record<string, unknown>>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...members } as ObjectMeta,
})

const toNumber = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
