import { RBAC_GROUP } from '../../../kube/rbac.ts'
import { change, changeEach, type Fields, withDefaults } from './fields.ts'
import { setPodDefaults, setTemplateDefaults } from './pod.ts'

type SetDefaults = (object: Fields) => Fields

/** Defaults of the spec, and of the pod template in it. */
const workload =
  (defaults: Fields, more: (spec: Fields) => Fields = (spec) => spec): SetDefaults =>
  (object) =>
    change(object, 'spec', (spec) => more(change(withDefaults(spec, defaults), 'template', setTemplateDefaults)))

const spec =
  (to: (spec: Fields) => Fields): SetDefaults =>
  (object) =>
    change(object, 'spec', to)

const rolling =
  (key: string, defaults: Fields) =>
  (object: Fields): Fields =>
    change(object, key, (strategy) => {
      const typed = withDefaults(strategy, { type: 'RollingUpdate' })
      return typed.type === 'RollingUpdate'
        ? change(withDefaults(typed, { rollingUpdate: {} }), 'rollingUpdate', (own) => withDefaults(own, defaults))
        : typed
    })

/** A strategy that is stated without its parameters stays without. */
const setStatefulStrategies = (set: Fields): Fields => {
  const { type } = (set.updateStrategy ?? {}) as { type?: string }
  const typed = type ? set : rolling('updateStrategy', {})(set)
  const updated = change(typed, 'updateStrategy', (strategy) =>
    strategy.type === 'RollingUpdate'
      ? change(strategy, 'rollingUpdate', (own) => withDefaults(own, { partition: 0 }))
      : strategy,
  )
  return change(updated, 'persistentVolumeClaimRetentionPolicy', (policy) =>
    withDefaults(policy, { whenDeleted: 'Retain', whenScaled: 'Retain' }),
  )
}

/** Namespaces that are still to be named get the label when they are. */
const setNamespaceDefaults: SetDefaults = (namespace) =>
  change(namespace, 'metadata', (metadata) =>
    metadata.name
      ? { ...metadata, labels: { ...(metadata.labels as object), 'kubernetes.io/metadata.name': metadata.name } }
      : metadata,
  )

const setClaimDefaults: SetDefaults = spec((claim) => withDefaults(claim, { volumeMode: 'Filesystem' }))

const setJobSpecDefaults = (job: Fields): Fields => {
  const isParallel = job.completions === undefined && job.parallelism !== undefined
  return withDefaults(job, {
    ...(isParallel ? {} : { completions: 1 }),
    parallelism: 1,
    ...(job.backoffLimitPerIndex === undefined ? { backoffLimit: 6 } : { backoffLimit: 2147483647 }),
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: job.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
    manualSelector: false,
  })
}

/** Whether it is reached from outside the cluster. */
export const isExternalService = ({ type, externalIPs }: Fields): boolean =>
  type === 'NodePort' ||
  type === 'LoadBalancer' ||
  (type === 'ClusterIP' && Array.isArray(externalIPs) && externalIPs.length > 0)

const setServiceDefaults = (service: Fields): Fields => {
  const stated = withDefaults(service, { sessionAffinity: 'None', type: 'ClusterIP' })
  const { sessionAffinityConfig: _none, ...bare } = stated
  const filled = stated.sessionAffinity === 'None' ? bare : stated
  const isExternal = isExternalService(filled)
  return changeEach(
    withDefaults(filled, {
      ...(filled.type === 'ExternalName' ? {} : { internalTrafficPolicy: 'Cluster' }),
      ...(isExternal ? { externalTrafficPolicy: 'Cluster' } : {}),
      ...(filled.type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {}),
      ...(filled.sessionAffinity === 'ClientIP'
        ? { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }
        : {}),
    }),
    'ports',
    (port) =>
      withDefaults(
        { ...port, ...(port.targetPort === 0 ? { targetPort: port.port } : {}) },
        { protocol: 'TCP', targetPort: port.port },
      ),
  )
}

const setBalancerDefaults: SetDefaults = (service) =>
  (service.spec as Fields | undefined)?.type === 'LoadBalancer'
    ? change(service, 'status', (status) =>
        change(status, 'loadBalancer', (balancer) =>
          changeEach(balancer, 'ingress', (ingress) =>
            ingress.ip ? withDefaults(ingress, { ipMode: 'VIP' }) : ingress,
          ),
        ),
      )
    : service

const setSubjectDefaults: SetDefaults = (binding) =>
  change(
    changeEach(binding, 'subjects', (subject) =>
      subject.kind === 'ServiceAccount' ? subject : withDefaults(subject, { apiGroup: RBAC_GROUP }),
    ),
    'roleRef',
    (role) => (role.apiGroup ? role : { ...role, apiGroup: RBAC_GROUP }),
  )

const setPolicyPeersDefaults = (policy: Fields): Fields => {
  const withPorts = ['ingress', 'egress'].reduce(
    (all, key) =>
      changeEach(all, key, (rule) => changeEach(rule, 'ports', (port) => withDefaults(port, { protocol: 'TCP' }))),
    policy,
  )
  const types = ['Ingress', ...(Array.isArray(policy.egress) && policy.egress.length > 0 ? ['Egress'] : [])]
  return withDefaults(withPorts, { policyTypes: types })
}

const setWebhookDefaults =
  (more: Fields): SetDefaults =>
  (configuration) =>
    changeEach(configuration, 'webhooks', (webhook) =>
      change(
        changeEach(
          withDefaults(webhook, {
            failurePolicy: 'Fail',
            matchPolicy: 'Equivalent',
            namespaceSelector: {},
            objectSelector: {},
            timeoutSeconds: 10,
            ...more,
          }),
          'rules',
          (rule) => withDefaults(rule, { scope: '*' }),
        ),
        'clientConfig',
        (client) => change(client, 'service', (service) => withDefaults(service, { port: 443 })),
      ),
    )

const setConstraintsDefaults = (constraints: Fields): Fields =>
  ['resourceRules', 'excludeResourceRules'].reduce(
    (all, key) => changeEach(all, key, (rule) => withDefaults(rule, { scope: '*' })),
    withDefaults(constraints, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} }),
  )

const setPolicyDefaults = (more: Fields): SetDefaults =>
  spec((policy) =>
    change(withDefaults(policy, { failurePolicy: 'Fail', ...more }), 'matchConstraints', setConstraintsDefaults),
  )

const setBindingDefaults: SetDefaults = spec((binding) => change(binding, 'matchResources', setConstraintsDefaults))

const setDefinitionDefaults: SetDefaults = spec((definition) =>
  change(
    change(withDefaults(definition, { conversion: { strategy: 'None' } }), 'names', (names) =>
      withDefaults(names, { singular: String(names.kind ?? '').toLowerCase(), listKind: `${names.kind}List` }),
    ),
    'conversion',
    (conversion) =>
      change(conversion, 'webhook', (webhook) =>
        change(webhook, 'clientConfig', (client) =>
          change(client, 'service', (service) => withDefaults(service, { port: 443 })),
        ),
      ),
  ),
)

const CPU_TARGET = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
]

const setAutoscalerDefaults = (autoscaler: Fields): Fields =>
  change(withDefaults(autoscaler, { minReplicas: 1, metrics: CPU_TARGET }), 'behavior', (behavior) => ({
    ...behavior,
    scaleUp: withDefaults((behavior.scaleUp ?? {}) as Fields, {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    }),
    scaleDown: withDefaults((behavior.scaleDown ?? {}) as Fields, {
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    }),
  }))

const setLimitDefaults = (range: Fields): Fields =>
  changeEach(range, 'limits', (limit) => {
    if (limit.type !== 'Container') return limit
    const limits = { ...(limit.max as Fields), ...(limit.default as Fields) }
    const requests = { ...limits, ...(limit.min as Fields), ...(limit.defaultRequest as Fields) }
    return {
      ...limit,
      ...(Object.keys(limits).length > 0 ? { default: limits } : {}),
      ...(Object.keys(requests).length > 0 ? { defaultRequest: requests } : {}),
    }
  })

/** Texts of a Secret are kept as its data. */
const toStoredSecret: SetDefaults = ({ stringData, ...secret }) => {
  if (stringData === undefined) return secret
  const encoded = Object.entries(stringData as Readonly<Record<string, string>>).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ])
  return { ...secret, data: { ...(secret.data as Fields | undefined), ...Object.fromEntries(encoded) } }
}

/** A Job without labels has those of its pods. */
const setJobLabels: SetDefaults = (job) =>
  change(job, 'metadata', (metadata) => {
    const { metadata: { labels } = {} } = (job.spec as { template?: { metadata?: { labels?: object } } }).template ?? {}
    return metadata.labels || !labels ? metadata : { ...metadata, labels }
  })

/** Where the server keeps a number that DaemonSets had as a field once. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

const setTemplateGeneration: SetDefaults = (set) =>
  change(set, 'metadata', (metadata) => ({
    ...metadata,
    annotations: { [TEMPLATE_GENERATION]: '0', ...(metadata.annotations as Fields | undefined) },
  }))

/** What the server fills in, by group and kind. */
export const DEFAULTS: Readonly<Record<string, SetDefaults>> = {
  '/Namespace': setNamespaceDefaults,
  '/Pod': spec(setPodDefaults),
  '/PodTemplate': (object) => change(object, 'template', setTemplateDefaults),
  '/ReplicationController': workload({ replicas: 1 }),
  '/Service': (object) => setBalancerDefaults(spec(setServiceDefaults)(object)),
  '/Secret': (object) => withDefaults(toStoredSecret(object), { type: 'Opaque' }),
  '/PersistentVolumeClaim': setClaimDefaults,
  '/PersistentVolume': spec((volume) =>
    change(
      withDefaults(volume, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
      'hostPath',
      (path) => withDefaults(path, { type: '' }),
    ),
  ),
  '/Endpoints': (object) =>
    changeEach(object, 'subsets', (subset) =>
      changeEach(subset, 'ports', (port) => withDefaults(port, { protocol: 'TCP' })),
    ),
  '/LimitRange': spec(setLimitDefaults),
  'apps/Deployment': workload(
    { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
    rolling('strategy', { maxSurge: '25%', maxUnavailable: '25%' }),
  ),
  'apps/ReplicaSet': workload({ replicas: 1 }),
  'apps/StatefulSet': workload(
    {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      persistentVolumeClaimRetentionPolicy: {},
    },
    (set) =>
      changeEach(setStatefulStrategies(set), 'volumeClaimTemplates', (claim) =>
        withDefaults(
          {
            ...setClaimDefaults({ ...claim, apiVersion: 'v1', kind: 'PersistentVolumeClaim' }),
            status: { phase: 'Pending' },
          },
          {},
        ),
      ),
  ),
  'apps/DaemonSet': (object) =>
    setTemplateGeneration(
      workload({ revisionHistoryLimit: 10 }, (set) =>
        change(rolling('updateStrategy', { maxSurge: 0, maxUnavailable: 1 })(set), 'updateStrategy', (strategy) =>
          change(strategy, 'rollingUpdate', (own) => withDefaults(own, { maxSurge: 0, maxUnavailable: 0 })),
        ),
      )(object),
    ),
  'batch/Job': (object) => setJobLabels(workload({}, setJobSpecDefaults)(object)),
  'batch/CronJob': spec((job) =>
    change(
      withDefaults(job, {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      }),
      'jobTemplate',
      (template) => change(template, 'spec', (inner) => change(inner, 'template', setTemplateDefaults)),
    ),
  ),
  'autoscaling/HorizontalPodAutoscaler': (object) =>
    change(object, 'spec', (autoscaler) =>
      object.apiVersion === 'autoscaling/v1'
        ? withDefaults(autoscaler, { minReplicas: 1 })
        : setAutoscalerDefaults(autoscaler),
    ),
  'networking.k8s.io/NetworkPolicy': spec(setPolicyPeersDefaults),
  'networking.k8s.io/IngressClass': spec((ingress) =>
    change(ingress, 'parameters', (parameters) => withDefaults(parameters, { scope: 'Cluster' })),
  ),
  'storage.k8s.io/StorageClass': (object) =>
    withDefaults(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'scheduling.k8s.io/PriorityClass': (object) => withDefaults(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  'discovery.k8s.io/EndpointSlice': (object) =>
    changeEach(object, 'ports', (port) => withDefaults(port, { name: '', protocol: 'TCP' })),
  [`${RBAC_GROUP}/RoleBinding`]: setSubjectDefaults,
  [`${RBAC_GROUP}/ClusterRoleBinding`]: setSubjectDefaults,
  'apiextensions.k8s.io/CustomResourceDefinition': setDefinitionDefaults,
  'apiregistration.k8s.io/APIService': spec((service) =>
    change(service, 'service', (reference) => withDefaults(reference, { port: 443 })),
  ),
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': setWebhookDefaults({ reinvocationPolicy: 'Never' }),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': setWebhookDefaults({}),
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': setPolicyDefaults({}),
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': setPolicyDefaults({}),
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': setBindingDefaults,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': setBindingDefaults,
}
