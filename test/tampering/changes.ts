import type { KubeObject } from '../../src/kube/object.ts'
import type { Random } from './random.ts'
import { at, canonical, escapeKey, listAt, podSpecPath, type Tree } from './tree.ts'

/** A field and the value that it gets. */
export type Change = { readonly pointer: string; readonly value: unknown }

const append = (object: KubeObject, pointer: string, item: unknown): Change => ({
  pointer,
  value: [...listAt(object, pointer), item],
})
const bump = (object: KubeObject, pointer: string, otherwise = 1): Change => ({
  pointer,
  value: typeof at(object, pointer) === 'number' ? (at(object, pointer) as number) + 1 : otherwise,
})

/** Changes of an object's content that the server accepts, by kind. Empty where its content cannot be changed. */
export const listChanges = (object: KubeObject): Change[] =>
  listCandidates(object).filter(({ pointer, value }) => canonical(at(object, pointer)) !== canonical(value))

const listCandidates = (object: KubeObject): Change[] => {
  const spec = podSpecPath(object)
  if (spec && object.kind !== 'Pod') {
    return [
      ...listAt(object, `${spec}/containers`).flatMap((container, index) => [
        { pointer: `${spec}/containers/${index}/image`, value: 'evil:1' },
        ...listAt(container, '/env').flatMap(({ value }, at) =>
          value === undefined ? [] : [{ pointer: `${spec}/containers/${index}/env/${at}/value`, value: 'changed' }],
        ),
        ...(container.resources && at(container, '/resources/limits/memory')
          ? [{ pointer: `${spec}/containers/${index}/resources/limits/memory`, value: '7Gi' }]
          : []),
      ]),
      { pointer: `${spec}/terminationGracePeriodSeconds`, value: 77 },
      ...(object.kind === 'CronJob' ? [{ pointer: '/spec/schedule', value: '1 1 1 1 *' }] : []),
      ...(object.kind === 'Deployment'
        ? [bump(object, '/spec/minReadySeconds'), bump(object, '/spec/revisionHistoryLimit')]
        : []),
    ]
  }
  const simple: Record<string, () => Change[]> = {
    Pod: () => [{ pointer: '/spec/containers/0/image', value: 'evil:1' }],
    Job: () => [bump(object, '/spec/activeDeadlineSeconds', 1000)],
    ConfigMap: () =>
      Object.keys((object.data ?? {}) as Tree)
        .filter((key) => key !== 'ignored')
        .map((key) => ({ pointer: `/data/${escapeKey(key)}`, value: 'changed' })),
    Secret: () =>
      object.type === 'Opaque'
        ? Object.keys((object.data ?? {}) as Tree).map((key) => ({
            pointer: `/data/${escapeKey(key)}`,
            value: 'aHVudGVyMw==',
          }))
        : [],
    ServiceAccount: () => [
      { pointer: '/automountServiceAccountToken', value: object.automountServiceAccountToken !== true },
    ],
    Service: () => [
      { pointer: '/spec/sessionAffinity', value: 'ClientIP' },
      { pointer: '/spec/ports/0/targetPort', value: 6666 },
      { pointer: '/spec/selector', value: { app: 'evil' } },
      { pointer: '/spec/publishNotReadyAddresses', value: true },
    ],
    Role: () => [
      append(object, '/rules', { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }),
      { pointer: '/rules/0/verbs', value: ['*'] },
    ],
    ClusterRole: () =>
      object.aggregationRule ? [] : [append(object, '/rules', { apiGroups: ['*'], resources: ['*'], verbs: ['*'] })],
    RoleBinding: () => [
      append(object, '/subjects', { kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' }),
    ],
    ClusterRoleBinding: () => [
      append(object, '/subjects', { kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' }),
    ],
    NetworkPolicy: () => [
      { pointer: '/spec/ingress', value: [{}] },
      { pointer: '/spec/podSelector', value: { matchLabels: { app: 'none' } } },
    ],
    PodDisruptionBudget: () => [
      { pointer: '/spec/selector', value: { matchLabels: { app: 'none' } } },
      { pointer: '/spec/unhealthyPodEvictionPolicy', value: 'AlwaysAllow' },
    ],
    HorizontalPodAutoscaler: () => [bump(object, '/spec/maxReplicas'), bump(object, '/spec/minReplicas')],
    PriorityClass: () => [{ pointer: '/description', value: 'changed' }],
    StorageClass: () => [{ pointer: '/allowVolumeExpansion', value: false }],
    PersistentVolume: () => [{ pointer: '/spec/persistentVolumeReclaimPolicy', value: 'Delete' }],
    Ingress: () => [{ pointer: '/spec/rules/0/host', value: 'evil.example.com' }],
    IngressClass: () => [
      { pointer: '/spec/parameters', value: { apiGroup: 'x.example.com', kind: 'P', name: 'p', scope: 'Cluster' } },
    ],
    ResourceQuota: () => [{ pointer: '/spec/hard/pods', value: '400' }],
    LimitRange: () => [{ pointer: '/spec/limits/0/defaultRequest/cpu', value: '20m' }],
    RuntimeClass: () => [{ pointer: '/scheduling', value: { nodeSelector: { sandbox: 'false' } } }],
    Lease: () => [bump(object, '/spec/leaseDurationSeconds'), { pointer: '/spec/holderIdentity', value: 'mallory' }],
    EndpointSlice: () => [
      { pointer: '/endpoints/0/addresses', value: ['192.0.2.66'] },
      { pointer: '/ports/0/port', value: 6666 },
    ],
    ValidatingWebhookConfiguration: () => [
      { pointer: '/webhooks/0/timeoutSeconds', value: 3 },
      { pointer: '/webhooks/0/rules/0/operations', value: ['DELETE'] },
    ],
    MutatingWebhookConfiguration: () => [
      { pointer: '/webhooks/0/timeoutSeconds', value: 3 },
      { pointer: '/webhooks/0/reinvocationPolicy', value: 'IfNeeded' },
    ],
    ValidatingAdmissionPolicy: () => [{ pointer: '/spec/validations/0/expression', value: 'false' }],
    ValidatingAdmissionPolicyBinding: () => [{ pointer: '/spec/validationActions', value: ['Warn'] }],
    APIService: () => [{ pointer: '/spec/versionPriority', value: 77 }],
    CustomResourceDefinition: () => [
      { pointer: '/spec/names/shortNames', value: [`evil-${object.metadata.name.split('.')[0]}`] },
      { pointer: '/spec/versions/0/schema/openAPIV3Schema/description', value: 'changed' },
      append(object, '/spec/versions/0/additionalPrinterColumns', {
        name: 'Evil',
        type: 'string',
        jsonPath: '.metadata.name',
      }),
    ],
    Gadget: () => [
      bump(object, '/spec/size'),
      { pointer: '/spec/mode', value: 'slow' },
      { pointer: '/spec/free/anything/goes', value: [3] },
      { pointer: '/spec/steps', value: ['cut'] },
      { pointer: '/spec/parts/0/weight', value: 9 },
    ],
    Blob: () => [
      { pointer: '/contents/nested/kept', value: 'no' },
      { pointer: '/contents/anything', value: [3, 2, 1] },
    ],
    ServiceMonitor: () => [
      { pointer: '/spec/endpoints/0/interval', value: '7s' },
      { pointer: '/spec/jobLabel', value: 'evil' },
    ],
    PrometheusRule: () => [{ pointer: '/spec/groups/0/rules/0/expr', value: 'vector(1)' }],
    Prometheus: () => [{ pointer: '/spec/retention', value: '1h' }],
    Alertmanager: () => [{ pointer: '/spec/retention', value: '1h' }],
  }
  return simple[object.kind]?.() ?? []
}

/** Changes that only a recreation can make, by kind. */
export const listImmutableChanges = (object: KubeObject): Change[] => {
  const simple: Record<string, () => Change[]> = {
    Job: () => [{ pointer: '/spec/template/spec/containers/0/image', value: 'evil:1' }],
    Pod: () => [append(object, '/spec/containers/0/env', { name: 'EVIL', value: 'yes' })],
    StatefulSet: () => [{ pointer: '/spec/serviceName', value: 'evil' }],
    RoleBinding: () => [{ pointer: '/roleRef/name', value: 'evil' }],
    ClusterRoleBinding: () => [{ pointer: '/roleRef/name', value: 'evil' }],
    StorageClass: () => [
      { pointer: '/parameters', value: { type: 'evil' } },
      { pointer: '/provisioner', value: 'evil.example.com/none' },
    ],
    Service: () =>
      at(object, '/spec/type') === 'ClusterIP' && at(object, '/spec/clusterIP') !== 'None'
        ? [{ pointer: '/spec/clusterIP', value: 'None' }]
        : [],
    PriorityClass: () => [{ pointer: '/value', value: 666 }],
    IngressClass: () => [{ pointer: '/spec/controller', value: 'evil.example.com/ingress' }],
    RuntimeClass: () => [{ pointer: '/handler', value: 'evil' }],
    Secret: () => (object.type === 'Opaque' ? [{ pointer: '/type', value: 'evil.example.com/type' }] : []),
  }
  return simple[object.kind]?.() ?? []
}

/** An addition that Git does not state, by kind. */
export const listAdditions = (object: KubeObject): Change[] =>
  listAdditionCandidates(object).filter(({ pointer, value }) => canonical(at(object, pointer)) !== canonical(value))

const listAdditionCandidates = (object: KubeObject): Change[] => {
  const spec = podSpecPath(object)
  if (spec && object.kind !== 'Pod') {
    return [
      append(object, `${spec}/containers`, { name: 'evil', image: 'evil:1' }),
      append(object, `${spec}/containers/0/env`, { name: 'EVIL', value: 'yes' }),
      append(object, `${spec}/initContainers`, { name: 'evil-init', image: 'evil:1' }),
      append(object, `${spec}/volumes`, { name: 'host', hostPath: { path: '/' } }),
      append(object, `${spec}/containers/0/ports`, { containerPort: 6666 }),
      append(object, `${spec}/containers/0/envFrom`, { secretRef: { name: 'password' } }),
      append(object, `${spec}/tolerations`, { key: 'evil', operator: 'Exists' }),
      { pointer: `${spec}/hostPID`, value: true },
      {
        pointer: `${spec}/nodeSelector`,
        value: { ...(at(object, `${spec}/nodeSelector`) as Tree | undefined), evil: 'yes' },
      },
      { pointer: `${spec}/containers/0/lifecycle`, value: { preStop: { exec: { command: ['evil'] } } } },
      { pointer: `${spec}/dnsConfig`, value: { nameservers: ['192.0.2.66'] } },
    ]
  }
  const simple: Record<string, () => Change[]> = {
    ConfigMap: () => [{ pointer: '/data/evil', value: 'yes' }],
    Secret: () => (object.type === 'Opaque' ? [{ pointer: '/data/evil', value: 'eWVz' }] : []),
    ServiceAccount: () => [append(object, '/imagePullSecrets', { name: 'evil' })],
    Service: () => [
      { pointer: '/spec/externalIPs', value: ['192.0.2.66'] },
      ...(at(object, '/spec/ports/0/name') ? [append(object, '/spec/ports', { name: 'evil', port: 6666 })] : []),
    ],
    NetworkPolicy: () => [append(object, '/spec/egress', {})],
    HorizontalPodAutoscaler: () =>
      object.apiVersion.endsWith('v2')
        ? [{ pointer: '/spec/behavior', value: { scaleDown: { stabilizationWindowSeconds: 7 } } }]
        : [],
    Ingress: () => [
      append(object, '/spec/rules', {
        host: 'evil.example.com',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
        },
      }),
    ],
    ResourceQuota: () => [{ pointer: '/spec/hard/secrets', value: '999' }],
    Lease: () => [{ pointer: '/spec/acquireTime', value: '2026-01-01T00:00:00.000000Z' }],
    EndpointSlice: () => [append(object, '/endpoints', { addresses: ['192.0.2.67'] })],
    ValidatingWebhookConfiguration: () => [
      { pointer: '/webhooks/0/matchConditions', value: [{ name: 'never', expression: 'false' }] },
    ],
    MutatingWebhookConfiguration: () => [
      { pointer: '/webhooks/0/objectSelector', value: { matchLabels: { evil: 'yes' } } },
    ],
    ValidatingAdmissionPolicy: () => [
      { pointer: '/spec/matchConditions', value: [{ name: 'never', expression: 'false' }] },
    ],
    Gadget: () => [
      append(object, '/spec/parts', { name: 'evil' }),
      append(object, '/spec/tags', 'evil'),
      { pointer: '/spec/free/evil', value: { deep: [1] } },
    ],
    Blob: () => [
      { pointer: '/evil', value: { deep: true } },
      { pointer: '/contents/evil', value: [] },
    ],
    ServiceMonitor: () => [{ pointer: '/spec/sampleLimit', value: 7 }],
    PrometheusRule: () => [
      append(object, '/spec/groups', { name: 'evil', rules: [{ record: 'a:b', expr: 'vector(1)' }] }),
    ],
    Prometheus: () => [{ pointer: '/spec/logLevel', value: 'debug' }],
    Alertmanager: () => [{ pointer: '/spec/logLevel', value: 'debug' }],
    CustomResourceDefinition: () => [{ pointer: '/spec/names/categories', value: ['evil'] }],
  }
  return simple[object.kind]?.() ?? []
}

/** One change as JSON Patch. Missing parents are made. */
export const toJsonPatch = (object: unknown, { pointer, value }: Change): Tree[] => {
  const parts = pointer.split('/')
  for (let depth = 2; depth < parts.length; depth++) {
    const parent = parts.slice(0, depth).join('/')
    if (at(object, parent) === undefined) {
      const below = parts
        .slice(depth)
        .reduceRight<unknown>((inner, key) => ({ [key.replace(/~1/g, '/').replace(/~0/g, '~')]: inner }), value)
      return [{ op: 'add', path: parent, value: below }]
    }
  }
  return [{ op: at(object, pointer) === undefined ? 'add' : 'replace', path: pointer, value }]
}

/** One change as a merge patch: lists on the way are sent whole. */
export const toMergePatch = (object: unknown, { pointer, value }: Change): Tree => {
  const build = (node: unknown, parts: readonly string[]): unknown => {
    const [key, ...rest] = parts
    if (key === undefined) return value
    const below = build((node as Tree | undefined)?.[key], rest)
    return Array.isArray(node) ? node.with(Number(key), mergeInto(node[Number(key)], below)) : { [key]: below }
  }
  return build(object, toKeys(pointer)) as Tree
}

const mergeInto = (target: unknown, patch: unknown): unknown => {
  if (!isMap(target) || !isMap(patch)) return patch
  return {
    ...target,
    ...Object.fromEntries(Object.entries(patch).map(([key, value]) => [key, mergeInto(target[key], value)])),
  }
}
const isMap = (node: unknown): node is Tree => node !== null && typeof node === 'object' && !Array.isArray(node)
const toKeys = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))

/** One change as what a server-side apply states: items of named lists by their name, other lists whole. */
export const toApplied = (object: unknown, { pointer, value }: Change): Tree => {
  const build = (node: unknown, parts: readonly string[]): unknown => {
    const [key, ...rest] = parts
    if (key === undefined) return value
    if (!Array.isArray(node)) return { [key]: build((node as Tree | undefined)?.[key], rest) }
    const item = node[Number(key)] as Tree
    const below = build(item, rest)
    return typeof item.name === 'string' && isMap(below)
      ? [{ name: item.name, ...below }]
      : node.with(Number(key), mergeInto(item, below))
  }
  return build(object, toKeys(pointer)) as Tree
}

/** One of the changes of an object's content; rejects where it has none. */
export const pickChange = (object: KubeObject, random: Random): Change => random.pick(listChanges(object))
