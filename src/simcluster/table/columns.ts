import { AGE, type Column, CREATED, count, formatLabels, NAME, type Row, text, wide } from './column.ts'
import { formatAge, formatSpan } from './format-age.ts'
import { readPodReason } from './pod-reason.ts'

type Container = { readonly name: string; readonly image?: string }
type Subject = { readonly kind: string; readonly name: string; readonly namespace?: string }

const listContainers = ({ spec }: Row): readonly Container[] =>
  (spec.template ?? spec.jobTemplate.spec.template).spec.containers
const CONTAINERS = wide('Containers', (row) =>
  listContainers(row)
    .map(({ name }) => name)
    .join(','),
)
const IMAGES = wide('Images', (row) =>
  listContainers(row)
    .map(({ image }) => image)
    .join(','),
)
const SELECTOR = wide('Selector', ({ spec }) => formatLabels(spec.selector?.matchLabels ?? spec.selector))
const SIZES = [
  count('Desired', ({ spec }) => spec.replicas),
  count('Current', ({ status }) => status.replicas),
  count('Ready', ({ status }) => status.readyReplicas),
]

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}
const formatModes = (modes: readonly string[] = []): string => modes.map((mode) => MODES[mode]).join(',')

const subjects = (kind: string) => (row: Row) =>
  ((row.subjects ?? []) as readonly Subject[])
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name))
    .join(', ')
const BINDING = [
  NAME,
  text('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  AGE,
  wide('Users', subjects('User')),
  wide('Groups', subjects('Group')),
  wide('ServiceAccounts', subjects('ServiceAccount')),
]
const WEBHOOKS = [NAME, count('Webhooks', ({ webhooks }) => webhooks?.length), AGE]

const isTrue = ({ status }: Row, type: string): boolean =>
  (status?.conditions ?? []).some((each: Row) => each.type === type && each.status === 'True')

const readJobStatus = (row: Row): string => {
  if (isTrue(row, 'Complete')) return 'Complete'
  if (isTrue(row, 'Failed')) return 'Failed'
  if (row.metadata.deletionTimestamp) return 'Terminating'
  if (isTrue(row, 'Suspended')) return 'Suspended'
  return isTrue(row, 'FailureTarget')
    ? 'FailureTarget'
    : isTrue(row, 'SuccessCriteriaMet')
      ? 'SuccessCriteriaMet'
      : 'Running'
}

const readCompletions = ({ spec, status }: Row): string => {
  const done = status.succeeded ?? 0
  if (spec.completions !== undefined) return `${done}/${spec.completions}`
  return spec.parallelism > 1 ? `${done}/1 of ${spec.parallelism}` : `${done}/1`
}

const readDuration = ({ status }: Row, now: Date): string => {
  if (!status.startTime) return ''
  const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime()
  return formatSpan(end - Date.parse(status.startTime))
}

const readNodeStatus = (row: Row): string => {
  const ready = isTrue(row, 'Ready') ? 'Ready' : 'NotReady'
  return row.spec.unschedulable ? `${ready},SchedulingDisabled` : ready
}

const ROLE = 'node-role.kubernetes.io/'
const readRoles = ({ metadata }: Row): string =>
  Object.keys(metadata.labels ?? {})
    .flatMap((label) => (label.startsWith(ROLE) ? [label.slice(ROLE.length)] : []))
    .sort()
    .join(',') || '<none>'

const address =
  (type: string) =>
  ({ status }: Row) =>
    status.addresses?.find((each: Row) => each.type === type)?.address ?? '<none>'

const readExternal = ({ spec, status }: Row): string => {
  if (spec.type === 'ExternalName') return spec.externalName
  if (spec.type !== 'LoadBalancer') return spec.externalIPs?.join(',') ?? '<none>'
  const given = (status.loadBalancer?.ingress ?? []).map((each: Row) => each.ip ?? each.hostname)
  return [...given, ...(spec.externalIPs ?? [])].join(',') || '<pending>'
}

const formatServicePorts = ({ spec }: Row): string =>
  (spec.ports ?? [])
    .map(({ port, nodePort, protocol }: Row) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`)
    .join(',') || '<none>'

/** Three, and how many more. */
const formatSome = (all: readonly string[], empty = '<none>'): string => {
  if (all.length === 0) return empty
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',')
}

const readTarget = (metric: Row): string => {
  const source = metric.resource ?? metric.containerResource
  if (!source) return '<unknown>'
  const { type, averageUtilization, averageValue } = source.target
  return `${source.name}: <unknown>/${type === 'Utilization' ? `${averageUtilization}%` : averageValue}`
}

const readLastSeen = (row: Row): string | undefined =>
  row.series?.lastObservedTime ?? row.lastTimestamp ?? row.eventTime

/** The columns of built-in kinds by `group/kind`, as the server's own printers have them. */
export const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  '/Namespace': [NAME, text('Status', ({ status }) => status.phase), AGE],
  '/Node': [
    NAME,
    text('Status', readNodeStatus),
    text('Roles', readRoles),
    AGE,
    text('Version', ({ status }) => status.nodeInfo.kubeletVersion),
    wide('Internal-IP', address('InternalIP')),
    wide('External-IP', address('ExternalIP')),
    wide('OS-Image', ({ status }) => status.nodeInfo.osImage || '<unknown>'),
    wide(
      'Kernel-Version',
      ({ status: { nodeInfo } }) => `${nodeInfo.kernelVersion || '<unknown>'} (${nodeInfo.architecture})`,
    ),
    wide('Container-Runtime', ({ status }) => status.nodeInfo.containerRuntimeVersion || '<unknown>'),
  ],
  '/Pod': [
    NAME,
    text('Ready', ({ spec, status }) => {
      const ready = (status.containerStatuses ?? []).filter((each: Row) => each.ready).length
      return `${ready}/${spec.containers.length}`
    }),
    text('Status', readPodReason),
    text('Restarts', () => '0'),
    AGE,
    wide('IP', ({ status }) => status.podIP ?? '<none>'),
    wide('Node', ({ spec }) => spec.nodeName ?? '<none>'),
    wide('Nominated Node', ({ status }) => status.nominatedNodeName ?? '<none>'),
    wide('Readiness Gates', ({ spec }) => spec.readinessGates?.length ?? '<none>'),
  ],
  '/Service': [
    NAME,
    text('Type', ({ spec }) => spec.type),
    text('Cluster-IP', ({ spec }) => spec.clusterIP ?? '<none>'),
    text('External-IP', readExternal),
    text('Port(s)', formatServicePorts),
    AGE,
    SELECTOR,
  ],
  '/Endpoints': [
    NAME,
    text('Endpoints', ({ subsets = [] }) =>
      formatSome(
        subsets.flatMap(({ addresses = [], ports = [{}] }: Row) =>
          ports.flatMap(({ port }: Row) => addresses.map(({ ip }: Row) => (port ? `${ip}:${port}` : ip))),
        ),
      ),
    ),
    AGE,
  ],
  '/ConfigMap': [NAME, text('Data', ({ data, binaryData }) => Object.keys({ ...data, ...binaryData }).length), AGE],
  '/Secret': [NAME, text('Type', ({ type }) => type), text('Data', ({ data }) => Object.keys(data ?? {}).length), AGE],
  '/ServiceAccount': [NAME, AGE],
  '/PersistentVolume': [
    NAME,
    text('Capacity', ({ spec }) => spec.capacity?.storage ?? ''),
    text('Access Modes', ({ spec }) => formatModes(spec.accessModes)),
    text('Reclaim Policy', ({ spec }) => spec.persistentVolumeReclaimPolicy),
    text('Status', ({ status, metadata }) => (metadata.deletionTimestamp ? 'Terminating' : status.phase)),
    text('Claim', ({ spec }) => (spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '')),
    text('StorageClass', ({ spec }) => spec.storageClassName ?? ''),
    text('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    text('Reason', ({ status }) => status.reason ?? ''),
    AGE,
    wide('VolumeMode', ({ spec }) => spec.volumeMode),
  ],
  '/PersistentVolumeClaim': [
    NAME,
    text('Status', ({ status, metadata }) => (metadata.deletionTimestamp ? 'Terminating' : status.phase)),
    text('Volume', ({ spec }) => spec.volumeName ?? ''),
    text('Capacity', ({ spec, status }) => (spec.volumeName ? (status.capacity?.storage ?? '') : '')),
    text('Access Modes', ({ spec, status }) => (spec.volumeName ? formatModes(status.accessModes) : '')),
    text('StorageClass', ({ spec }) => spec.storageClassName ?? ''),
    text('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    AGE,
    wide('VolumeMode', ({ spec }) => spec.volumeMode),
  ],
  '/ReplicationController': [NAME, ...SIZES, AGE, CONTAINERS, IMAGES, SELECTOR],
  '/LimitRange': [NAME, CREATED],
  '/Event': [
    text('Last Seen', (row, now) => formatAge(readLastSeen(row), now)),
    text('Type', ({ type }) => type),
    text('Reason', ({ reason }) => reason),
    text('Object', ({ involvedObject }) => `${involvedObject.kind?.toLowerCase()}/${involvedObject.name}`),
    wide('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? ''),
    wide('Source', ({ source, reportingComponent }) => source?.component ?? reportingComponent ?? ''),
    text('Message', ({ message }) => message?.trim()),
    wide('First Seen', (row, now) => formatAge(row.firstTimestamp ?? row.eventTime, now)),
    wide('Count', (row) => row.series?.count ?? row.count ?? 1),
    { ...NAME, priority: 1 },
  ],
  'apps/Deployment': [
    NAME,
    text('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`),
    text('Up-to-date', ({ status }) => status.updatedReplicas ?? 0),
    text('Available', ({ status }) => status.availableReplicas ?? 0),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/ReplicaSet': [NAME, ...SIZES, AGE, CONTAINERS, IMAGES, SELECTOR],
  'apps/StatefulSet': [
    NAME,
    text('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`),
    AGE,
    CONTAINERS,
    IMAGES,
  ],
  'apps/DaemonSet': [
    NAME,
    count('Desired', ({ status }) => status.desiredNumberScheduled),
    count('Current', ({ status }) => status.currentNumberScheduled),
    count('Ready', ({ status }) => status.numberReady),
    count('Up-to-date', ({ status }) => status.updatedNumberScheduled),
    count('Available', ({ status }) => status.numberAvailable),
    text('Node Selector', ({ spec }) => formatLabels(spec.template.spec.nodeSelector)),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/ControllerRevision': [
    NAME,
    text('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller)
      return owner ? `${owner.kind.toLowerCase()}.${owner.apiVersion.split('/')[0]}/${owner.name}` : '<none>'
    }),
    text('Revision', ({ revision }) => revision),
    AGE,
  ],
  'batch/Job': [
    NAME,
    text('Status', readJobStatus),
    text('Completions', readCompletions),
    text('Duration', readDuration),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'batch/CronJob': [
    NAME,
    text('Schedule', ({ spec }) => spec.schedule),
    text('Timezone', ({ spec }) => spec.timeZone ?? '<none>'),
    { ...text('Suspend', ({ spec }) => (spec.suspend ? 'True' : 'False')), type: 'boolean' },
    count('Active', ({ status }) => status.active?.length),
    text('Last Schedule', ({ status }, now) =>
      status.lastScheduleTime ? formatAge(status.lastScheduleTime, now) : '<none>',
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    wide('Selector', ({ spec }) => formatLabels(spec.jobTemplate.spec.selector?.matchLabels)),
  ],
  'autoscaling/HorizontalPodAutoscaler': [
    NAME,
    text('Reference', ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`),
    text('Targets', ({ spec }) => (spec.metrics ?? []).map(readTarget).join(', ') || '<none>'),
    text('MinPods', ({ spec }) => String(spec.minReplicas ?? '<unset>')),
    text('MaxPods', ({ spec }) => spec.maxReplicas),
    text('Replicas', ({ status }) => status.currentReplicas ?? 0),
    AGE,
  ],
  'policy/PodDisruptionBudget': [
    NAME,
    text('Min Available', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    text('Max Unavailable', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    count('Allowed Disruptions', ({ status }) => status.disruptionsAllowed),
    AGE,
  ],
  'networking.k8s.io/Ingress': [
    NAME,
    text(
      'Class',
      ({ spec, metadata }) =>
        spec.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'] ?? '<none>',
    ),
    text('Hosts', ({ spec }) =>
      formatSome(
        (spec.rules ?? []).flatMap(({ host }: Row) => host ?? []),
        '*',
      ),
    ),
    text('Address', ({ status }) =>
      (status.loadBalancer?.ingress ?? []).map((each: Row) => each.ip ?? each.hostname).join(','),
    ),
    text('Ports', ({ spec }) => (spec.tls?.length ? '80, 443' : '80')),
    AGE,
  ],
  'networking.k8s.io/IngressClass': [
    NAME,
    text('Controller', ({ spec }) => spec.controller),
    text('Parameters', ({ spec: { parameters } }) =>
      parameters
        ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`
        : '<none>',
    ),
    AGE,
  ],
  'networking.k8s.io/NetworkPolicy': [
    NAME,
    text('Pod-Selector', ({ spec }) => formatLabels(spec.podSelector?.matchLabels)),
    AGE,
  ],
  'discovery.k8s.io/EndpointSlice': [
    NAME,
    text('AddressType', ({ addressType }) => addressType),
    text('Ports', ({ ports }) =>
      formatSome(
        (ports ?? []).map(({ port }: Row) => String(port ?? '*')),
        '<unset>',
      ),
    ),
    text('Endpoints', ({ endpoints }) =>
      formatSome(
        (endpoints ?? []).flatMap(({ addresses }: Row) => addresses),
        '<unset>',
      ),
    ),
    AGE,
  ],
  'storage.k8s.io/StorageClass': [
    text('Name', ({ metadata }) =>
      metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
        ? `${metadata.name} (default)`
        : metadata.name,
    ),
    text('Provisioner', ({ provisioner }) => provisioner),
    text('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy),
    text('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode),
    text('AllowVolumeExpansion', ({ allowVolumeExpansion = false }) => allowVolumeExpansion),
    AGE,
  ],
  'rbac.authorization.k8s.io/Role': [NAME, CREATED],
  'rbac.authorization.k8s.io/ClusterRole': [NAME, CREATED],
  'rbac.authorization.k8s.io/RoleBinding': BINDING,
  'rbac.authorization.k8s.io/ClusterRoleBinding': BINDING,
  'apiextensions.k8s.io/CustomResourceDefinition': [NAME, CREATED],
  'apiregistration.k8s.io/APIService': [
    NAME,
    text('Service', ({ spec }) => (spec.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local')),
    text('Available', ({ status }) => {
      const found = (status?.conditions ?? []).find(({ type }: Row) => type === 'Available')
      return !found || found.status === 'True' ? (found?.status ?? 'Unknown') : `${found.status} (${found.reason})`
    }),
    AGE,
  ],
  'scheduling.k8s.io/PriorityClass': [
    NAME,
    count('Value', ({ value }) => value),
    { ...text('Global-Default', ({ globalDefault = false }) => globalDefault), type: 'boolean' },
    AGE,
    text('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy),
  ],
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': WEBHOOKS,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': WEBHOOKS,
  'coordination.k8s.io/Lease': [NAME, text('Holder', ({ spec }) => spec?.holderIdentity ?? ''), AGE],
}
