import type { Json, JsonObject } from '../../kube/object.ts'
import type { Chance } from './fuzz-chance.ts'

/** A part of an object, made by chance. */
export type Fragment = (chance: Chance) => JsonObject

/** A kind as the fuzzer writes it. */
export type FuzzKind = {
  readonly apiVersion: string
  readonly kind: string
  /** Of the collection. */
  readonly path: string
  /** What an object has to have. */
  readonly base: JsonObject
  /** What it may have. */
  readonly fields: readonly Fragment[]
  /** What is written through the subresource. */
  readonly status?: readonly Fragment[]
  readonly scale?: true
}

const at =
  (path: string, value: (chance: Chance) => Json): Fragment =>
  (chance) =>
    path.split('.').reduceRight<Json>((below, key) => ({ [key]: below }), value(chance)) as JsonObject
const oneOf = (path: string, ...values: readonly Json[]): Fragment => at(path, ({ pick }) => pick(values))
const someOf = (path: string, ...items: readonly Json[]): Fragment => at(path, ({ some }) => some(items))
const keysOf = (path: string, ...keys: readonly string[]): Fragment =>
  at(path, ({ some, pick }) => Object.fromEntries(some(keys, 1).map((key) => [key, pick(['1', '2', '', 'x y'])])))

const namespaced = (apiVersion: string, plural: string): string =>
  `${apiVersion === 'v1' ? '/api' : '/apis'}/${apiVersion}/namespaces/{ns}/${plural}`
const clusterWide = (apiVersion: string, plural: string): string =>
  `${apiVersion === 'v1' ? '/api' : '/apis'}/${apiVersion}/${plural}`

const env = (chance: Chance): Json =>
  chance.some<Json>([
    { name: 'A', value: chance.pick(['1', '2', '']) },
    { name: 'B', value: '$(A)' },
    { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'D', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
    { name: 'E', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
  ])
// Numbers of one length: the server writes their keys anew in another order when replicas are scaled.
const ports = (chance: Chance): Json =>
  chance.some<Json>([
    { containerPort: 8080 },
    { containerPort: 8080, protocol: 'UDP' },
    { containerPort: 8443, name: 'https', protocol: 'TCP' },
    { containerPort: 9090, name: 'metrics', hostPort: 0 },
  ])
const probe = (chance: Chance): Json =>
  chance.pick<Json>([
    { httpGet: { path: '/ok', port: 80 } },
    {
      httpGet: { path: '/ok', port: 'https', scheme: 'HTTPS', httpHeaders: [{ name: 'X', value: 'y' }] },
      periodSeconds: 5,
    },
    { tcpSocket: { port: 80 }, initialDelaySeconds: 3 },
    { exec: { command: ['true'] }, failureThreshold: 1 },
    { grpc: { port: 80 } },
  ])
const CONTAINER: readonly ((chance: Chance) => JsonObject)[] = [
  (chance) => ({ env: env(chance) }),
  (chance) => ({ ports: ports(chance) }),
  ({ pick }) => ({ image: pick(['example.com/app:1', 'example.com/app:2', 'example.com/app', 'app:latest']) }),
  ({ pick }) => ({ imagePullPolicy: pick(['Always', 'IfNotPresent', 'Never']) }),
  ({ pick }) => ({
    resources: pick<Json>([
      { requests: { cpu: '0.1', memory: '128Mi' } },
      { requests: { cpu: '100m', memory: '0.5Gi' }, limits: { cpu: 1, memory: '1e9' } },
      { limits: { cpu: '1000m', 'example.com/gpu': 1 } },
      {},
    ]),
  }),
  ({ some }) => ({ args: some(['--a', '--b', '--c']) }),
  ({ some }) => ({ command: some(['/bin/app', 'run']) }),
  ({ pick }) => ({
    securityContext: pick<Json>([
      { runAsNonRoot: true },
      { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] }, privileged: false },
      { seccompProfile: { type: 'RuntimeDefault' } },
      {},
    ]),
  }),
  ({ some }) => ({
    volumeMounts: some<Json>([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'tmp', mountPath: '/etc/conf', readOnly: true },
      { name: 'tmp', mountPath: '/etc/key', subPath: 'key' },
    ]),
  }),
  ({ some }) => ({
    envFrom: some<Json>([{ configMapRef: { name: 'a' } }, { secretRef: { name: 'b' }, prefix: 'P_' }]),
  }),
  ({ pick }) => ({ terminationMessagePolicy: pick(['File', 'FallbackToLogsOnError']) }),
]
const ONLY_MAIN: readonly ((chance: Chance) => JsonObject)[] = [
  (chance) => ({ readinessProbe: probe(chance) }),
  (chance) => ({ livenessProbe: probe(chance) }),
  ({ pick }) => ({
    lifecycle: pick<Json>([{ preStop: { exec: { command: ['x'] } } }, { preStop: { sleep: { seconds: 3 } } }]),
  }),
]
const container =
  (name: string, parts = CONTAINER) =>
  (chance: Chance): JsonObject =>
    Object.assign(
      { name, image: 'example.com/app:1' },
      ...chance
        .some(parts)
        .slice(0, 3)
        .map((make) => make(chance)),
    )
const mainContainer = (name: string): ((chance: Chance) => JsonObject) => container(name, [...ONLY_MAIN, ...CONTAINER])
const containers = (chance: Chance): Json => {
  const made = chance
    .some([mainContainer('app'), mainContainer('side'), mainContainer('more')], 1)
    .map((make) => make(chance))
  return made
}
const VOLUMES: readonly Json[] = [
  { name: 'conf', configMap: { name: 'conf', items: [{ key: 'a', path: 'b' }] } },
  { name: 'key', secret: { secretName: 'conf', defaultMode: 256 } },
  {
    name: 'all',
    projected: { sources: [{ downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } }] },
  },
  { name: 'disk', persistentVolumeClaim: { claimName: 'disk' } },
]
const podSpec = (prefix: string): readonly Fragment[] => [
  at(`${prefix}.containers`, containers),
  at(`${prefix}.containers`, containers),
  at(`${prefix}.initContainers`, (chance) =>
    chance.some([container('first'), container('second')]).map((make) => make(chance)),
  ),
  at(`${prefix}.volumes`, ({ some }) => [{ name: 'tmp', emptyDir: {} }, ...some(VOLUMES)]),
  someOf(
    `${prefix}.tolerations`,
    { key: 'a', operator: 'Exists' },
    { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
    { key: 'b', value: 'c', effect: 'NoSchedule' },
    { operator: 'Exists' },
  ),
  oneOf(`${prefix}.nodeSelector`, { disk: 'ssd' }, { disk: 'ssd', 'example.com/zone': 'a' }, {}),
  oneOf(`${prefix}.restartPolicy`, 'Always'),
  oneOf(`${prefix}.serviceAccountName`, 'robot', 'default'),
  oneOf(`${prefix}.terminationGracePeriodSeconds`, 0, 5, 30),
  oneOf(
    `${prefix}.securityContext`,
    {},
    { runAsUser: 1000, fsGroup: 2000 },
    { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] },
  ),
  oneOf(`${prefix}.hostNetwork`, true, false),
  oneOf(`${prefix}.dnsPolicy`, 'ClusterFirst', 'Default'),
  someOf(`${prefix}.imagePullSecrets`, { name: 'a' }, { name: 'b' }),
  someOf(`${prefix}.hostAliases`, { ip: '10.1.1.1', hostnames: ['a', 'b'] }, { ip: '10.1.1.2', hostnames: ['c'] }),
  someOf(
    `${prefix}.topologySpreadConstraints`,
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'a' } },
    },
    { maxSkew: 2, topologyKey: 'host', whenUnsatisfiable: 'ScheduleAnyway' },
  ),
  oneOf(
    `${prefix}.affinity`,
    {},
    {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
        },
      },
    },
    {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 5, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'a' } } } },
        ],
      },
    },
  ),
]
const template = (prefix: string, restartPolicy?: string): JsonObject =>
  at(prefix, () => ({
    metadata: { labels: { app: 'a' } },
    spec: {
      ...(restartPolicy === undefined ? {} : { restartPolicy }),
      containers: [{ name: 'app', image: 'example.com/app:1' }],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  }))({} as Chance)
const selected = { selector: { matchLabels: { app: 'a' } } }
const condition = (type: string): Json => ({
  type,
  status: 'True',
  reason: 'Because',
  message: 'so',
  lastTransitionTime: '2020-01-01T00:00:00Z',
})
const conditions = (...types: readonly string[]): Fragment => someOf('status.conditions', ...types.map(condition))
const counts = (...names: readonly string[]): readonly Fragment[] =>
  names.map((name) => oneOf(`status.${name}`, 0, 1, 3))
const templateMetadata = [
  keysOf('spec.template.metadata.annotations', 'a', 'b', 'kubectl.kubernetes.io/restartedAt'),
  at('spec.template.metadata.labels', ({ pick }) => ({ app: 'a', tier: pick(['web', 'db']) })),
]
const RULES: readonly Json[] = [
  { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get'] },
  { apiGroups: ['apps', 'batch'], resources: ['*'], verbs: ['*'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['a'], verbs: ['get', 'list'] },
]
const SUBJECTS: readonly Json[] = [
  { kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'Group', name: 'team-a' },
  { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
]
const EXAMPLE = 'fuzz.example.com/v1'

/** The kinds of the fuzzer, each without a controller that would race: it runs on servers that have none. */
export const FUZZ_KINDS: readonly FuzzKind[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    path: namespaced('v1', 'configmaps'),
    base: {},
    fields: [
      keysOf('data', 'a', 'b', 'c'),
      keysOf('data', 'a', 'd.e'),
      oneOf('binaryData', { z: 'aGk=' }, { y: '' }, {}),
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    path: namespaced('v1', 'secrets'),
    base: {},
    fields: [
      oneOf('data', { a: 'aGk=' }, { b: 'eW91' }, { a: '', b: 'aGk=' }),
      keysOf('stringData', 'a', 'b'),
      oneOf('type', 'Opaque', 'example.com/x'),
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    path: namespaced('v1', 'services'),
    base: { spec: { ports: [{ port: 80 }] } },
    fields: [
      someOf(
        'spec.ports',
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'https', port: 443, targetPort: 8443, appProtocol: 'https' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ),
      oneOf(
        'spec.ports',
        [{ port: 80 }],
        [{ port: 81 }],
        [{ port: 80, name: 'http' }],
        [{ port: 80, protocol: 'UDP' }],
      ),
      at('spec.selector', ({ some, pick }) =>
        Object.fromEntries(some(['app', 'tier'], 1).map((key) => [key, pick(['a', 'b'])])),
      ),
      oneOf('spec.type', 'ClusterIP', 'NodePort', 'LoadBalancer'),
      oneOf('spec.sessionAffinity', 'None', 'ClientIP'),
      oneOf('spec.internalTrafficPolicy', 'Cluster', 'Local'),
      oneOf(
        'spec',
        { type: 'NodePort', externalTrafficPolicy: 'Local' },
        { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster' },
      ),
      oneOf('spec.publishNotReadyAddresses', true, false),
      oneOf(
        'spec',
        { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false },
        { type: 'LoadBalancer', loadBalancerClass: 'example.com/lb' },
      ),
      someOf('spec.externalIPs', '9.9.9.9', '8.8.8.8'),
    ],
    status: [
      someOf('status.loadBalancer.ingress', { ip: '7.7.7.7' }, { hostname: 'lb.example.com' }),
      conditions('LoadBalancerPortsError'),
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    path: namespaced('v1', 'serviceaccounts'),
    base: {},
    fields: [
      someOf('secrets', { name: 'a' }, { name: 'b' }),
      someOf('imagePullSecrets', { name: 'a' }, { name: 'b' }),
      oneOf('automountServiceAccountToken', true, false),
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    path: namespaced('v1', 'persistentvolumeclaims'),
    base: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    fields: [
      oneOf('spec.storageClassName', 'fast', ''),
      oneOf('spec.resources.requests.storage', '1Gi', '1024Mi', '2Gi'),
      someOf('spec.accessModes', 'ReadWriteOnce', 'ReadOnlyMany'),
      oneOf('spec.selector', { matchLabels: { a: 'b' } }),
    ],
    status: [
      oneOf('status.phase', 'Pending', 'Bound'),
      oneOf('status.capacity', { storage: '1Gi' }, {}),
      conditions('Resizing'),
    ],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    path: namespaced('apps/v1', 'deployments'),
    base: { spec: { ...selected, ...template('template') } },
    fields: [
      oneOf('spec.replicas', 0, 1, 3),
      oneOf('spec.paused', true, false),
      oneOf('spec.minReadySeconds', 0, 5),
      oneOf('spec.revisionHistoryLimit', 0, 3),
      oneOf(
        'spec.strategy',
        { type: 'Recreate' },
        { type: 'RollingUpdate' },
        { rollingUpdate: { maxSurge: 1 } },
        { type: 'RollingUpdate', rollingUpdate: { maxSurge: '10%', maxUnavailable: 0 } },
      ),
      ...templateMetadata,
      ...podSpec('spec.template.spec'),
    ],
    status: [...counts('replicas', 'observedGeneration', 'readyReplicas'), conditions('Available', 'Progressing')],
    scale: true,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    path: namespaced('apps/v1', 'statefulsets'),
    base: { spec: { ...selected, serviceName: 'a', ...template('template') } },
    fields: [
      oneOf('spec.replicas', 0, 1, 3),
      oneOf('spec.updateStrategy', { type: 'OnDelete' }, { rollingUpdate: { partition: 1 } }),
      oneOf('spec.podManagementPolicy', 'Parallel', 'OrderedReady'),
      oneOf('spec.serviceName', 'a', 'b'),
      someOf('spec.volumeClaimTemplates', {
        metadata: { name: 'disk' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      }),
      oneOf('spec.persistentVolumeClaimRetentionPolicy', { whenDeleted: 'Delete' }, { whenScaled: 'Retain' }),
      ...templateMetadata,
      ...podSpec('spec.template.spec'),
    ],
    status: [...counts('replicas', 'currentReplicas'), conditions('Odd')],
    scale: true,
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    path: namespaced('apps/v1', 'daemonsets'),
    base: { spec: { ...selected, ...template('template') } },
    fields: [
      oneOf('spec.updateStrategy', { type: 'OnDelete' }, { rollingUpdate: { maxUnavailable: '20%' } }),
      oneOf('spec.minReadySeconds', 0, 7),
      ...templateMetadata,
      ...podSpec('spec.template.spec'),
    ],
    status: [...counts('currentNumberScheduled', 'numberReady'), conditions('Odd')],
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    path: namespaced('batch/v1', 'jobs'),
    base: { spec: template('template', 'Never') },
    fields: [
      oneOf('spec.suspend', true, false),
      oneOf('spec.parallelism', 0, 1, 3),
      oneOf('spec.completions', 1, 3),
      oneOf('spec.backoffLimit', 0, 6),
      oneOf('spec.ttlSecondsAfterFinished', 0, 100),
      oneOf('spec.activeDeadlineSeconds', 5, 100),
      keysOf('spec.template.metadata.annotations', 'a', 'b'),
      oneOf('spec.template.spec.nodeSelector', { disk: 'ssd' }),
      at('spec.template.spec.containers', containers),
    ],
    status: [...counts('active', 'ready'), conditions('Suspended')],
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    path: namespaced('batch/v1', 'cronjobs'),
    base: { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: template('template', 'OnFailure') } } },
    fields: [
      oneOf('spec.schedule', '0 3 * * 1', '@hourly', '1 2 3 4 5', 'every day'),
      oneOf('spec.suspend', true, false),
      oneOf('spec.concurrencyPolicy', 'Allow', 'Forbid', 'Replace'),
      oneOf('spec.timeZone', 'Europe/Berlin', 'Etc/UTC', 'Nowhere/Here'),
      oneOf('spec.successfulJobsHistoryLimit', 0, 5),
      keysOf('spec.jobTemplate.metadata.annotations', 'a', 'b'),
      at('spec.jobTemplate.spec.template.spec.containers', containers),
    ],
    status: [oneOf('status.lastScheduleTime', '2020-01-01T00:00:00Z')],
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    path: namespaced('autoscaling/v2', 'horizontalpodautoscalers'),
    base: { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' }, maxReplicas: 5 } },
    fields: [
      oneOf('spec.minReplicas', 0, 1, 3),
      oneOf('spec.maxReplicas', 0, 2, 9),
      someOf(
        'spec.metrics',
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 60 } } },
      ),
      oneOf(
        'spec.behavior',
        {},
        { scaleDown: { stabilizationWindowSeconds: 60 } },
        { scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }], selectPolicy: 'Min' } },
      ),
    ],
    status: [...counts('currentReplicas', 'desiredReplicas'), conditions('AbleToScale', 'ScalingActive')],
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    path: namespaced('networking.k8s.io/v1', 'networkpolicies'),
    base: { spec: { podSelector: {} } },
    fields: [
      oneOf(
        'spec.podSelector',
        {},
        { matchLabels: { app: 'a' } },
        { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
      ),
      someOf('spec.policyTypes', 'Ingress', 'Egress'),
      someOf(
        'spec.ingress',
        {},
        {
          from: [
            { podSelector: { matchLabels: { a: 'b' } } },
            { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
          ],
        },
        { ports: [{ port: 80 }, { port: 'https', protocol: 'TCP' }, { port: 100, endPort: 200 }] },
      ),
      someOf('spec.egress', {}, { to: [{ namespaceSelector: {} }] }),
    ],
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    path: namespaced('networking.k8s.io/v1', 'ingresses'),
    base: { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } },
    fields: [
      oneOf('spec.ingressClassName', 'nginx', 'other'),
      oneOf(
        'spec.defaultBackend',
        { service: { name: 'b', port: { name: 'http' } } },
        { service: { name: 'b', port: { number: 81 } } },
      ),
      someOf('spec.tls', { hosts: ['a.example.com'], secretName: 'tls' }, { secretName: 'other' }),
      someOf(
        'spec.rules',
        { host: 'a.example.com' },
        {
          host: 'b.example.com',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'a', port: { number: 80 } } } }],
          },
        },
        {
          http: {
            paths: [{ pathType: 'ImplementationSpecific', backend: { service: { name: 'a', port: { number: 80 } } } }],
          },
        },
      ),
    ],
    status: [someOf('status.loadBalancer.ingress', { ip: '7.7.7.7' }, { hostname: 'lb.example.com' })],
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    path: namespaced('policy/v1', 'poddisruptionbudgets'),
    base: { spec: selected },
    fields: [
      oneOf('spec', { minAvailable: 1, maxUnavailable: null }, { minAvailable: '50%', maxUnavailable: null }),
      oneOf('spec.maxUnavailable', 1, '50%'),
      oneOf('spec.selector', {}, { matchLabels: { app: 'b' } }),
      oneOf('spec.unhealthyPodEvictionPolicy', 'AlwaysAllow', 'IfHealthyBudget'),
    ],
    status: [...counts('currentHealthy', 'disruptionsAllowed'), conditions('DisruptionAllowed')],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    path: namespaced('rbac.authorization.k8s.io/v1', 'roles'),
    base: {},
    fields: [at('rules', ({ some }) => some(RULES, 1))],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    path: namespaced('rbac.authorization.k8s.io/v1', 'rolebindings'),
    base: { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } },
    fields: [someOf('subjects', ...SUBJECTS), someOf('subjects', ...SUBJECTS), oneOf('roleRef.name', 'view', 'edit')],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    path: clusterWide('rbac.authorization.k8s.io/v1', 'clusterroles'),
    base: {},
    fields: [
      at('rules', ({ some }) => some([...RULES, { nonResourceURLs: ['/metrics'], verbs: ['get'] }], 1)),
      oneOf('aggregationRule', { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }, null),
    ],
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    path: clusterWide('storage.k8s.io/v1', 'storageclasses'),
    base: { provisioner: 'example.com/disk' },
    fields: [
      keysOf('parameters', 'type', 'zone'),
      oneOf('reclaimPolicy', 'Delete', 'Retain'),
      oneOf('allowVolumeExpansion', true, false),
      oneOf('volumeBindingMode', 'WaitForFirstConsumer', 'Immediate'),
      someOf('mountOptions', 'ro', 'soft'),
    ],
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    path: clusterWide('scheduling.k8s.io/v1', 'priorityclasses'),
    base: { value: 100 },
    fields: [
      oneOf('value', 100, 200),
      oneOf('description', 'a', ''),
      oneOf('preemptionPolicy', 'Never', 'PreemptLowerPriority'),
    ],
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    path: clusterWide('admissionregistration.k8s.io/v1', 'validatingwebhookconfigurations'),
    base: {},
    fields: [
      at('webhooks', ({ some, pick }) =>
        some(['a.example.com', 'b.example.com'], 1).map((name) => ({
          name,
          clientConfig: pick<Json>([
            { url: 'https://nobody.example.com/hook' },
            { service: { namespace: 'x', name: 'y' } },
            { service: { namespace: 'x', name: 'y', path: '/z' } },
          ]),
          rules: [
            {
              apiGroups: ['nothing.example.com'],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['nothings'],
            },
          ],
          sideEffects: 'None',
          failurePolicy: pick(['Ignore', 'Fail']),
          admissionReviewVersions: ['v1'],
          ...(pick([true, false]) ? { namespaceSelector: { matchLabels: { a: 'b' } }, timeoutSeconds: 5 } : {}),
        })),
      ),
    ],
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    path: namespaced('coordination.k8s.io/v1', 'leases'),
    base: {},
    fields: [
      oneOf('spec.holderIdentity', 'me', 'you', ''),
      oneOf('spec.leaseDurationSeconds', 15, 0, 30),
      oneOf('spec.renewTime', '2020-01-01T00:00:00.123456Z', '2020-01-01T00:00:00Z'),
      oneOf('spec.leaseTransitions', 0, 1),
    ],
  },
  {
    apiVersion: EXAMPLE,
    kind: 'Shelf',
    path: namespaced(EXAMPLE, 'shelves'),
    base: {},
    fields: [
      someOf('spec.set', 'a', 'b', 'c'),
      someOf('spec.set', 'd', 'c'),
      someOf('spec.atomic', 'a', 'b', 'c'),
      someOf('spec.map', { key: 'a', value: '1' }, { key: 'b', value: '2' }, { key: 'c' }),
      someOf('spec.map', { key: 'a', value: '2' }, { key: 'b', protocol: 'UDP', value: '3' }),
      keysOf('spec.granular', 'a', 'b'),
      keysOf('spec.whole', 'a', 'b'),
      oneOf('spec.count', 1, 2, 0),
      oneOf('spec.count', 11, 'many'),
      oneOf('spec.size', 'small', 'big', 'huge'),
      oneOf('spec.port', 80, 'http'),
      oneOf('spec.deep', { a: { b: { c: 1 } } }, { a: { b: {} } }, {}),
      oneOf('spec.free', { any: { thing: [1, { x: 2 }] } }, { any: 'text' }, {}),
      oneOf('spec.unknown', 1),
      oneOf('spec.nullable', null, 'a'),
      oneOf('spec.replicas', 0, 1, 3),
    ],
    status: [oneOf('status.replicas', 0, 2), conditions('Ready', 'Odd'), oneOf('status.unknown', 1)],
    scale: true,
  },
  {
    apiVersion: EXAMPLE,
    kind: 'Bag',
    path: clusterWide(EXAMPLE, 'bags'),
    base: {},
    fields: [
      someOf('spec.list', 'a', 'b', 1),
      oneOf('spec.any', { thing: 1 }, { thing: { more: [1, 2] } }, 'text', null),
      oneOf('top', 'x', { y: 1 }),
      keysOf('data', 'a', 'b'),
    ],
  },
]
