import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../../kube/object.ts'
import type { FieldError } from './resource-type.ts'

/** Fields that nobody may change once an object is there, by group and kind. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  '/Service': [],
  'apps/Deployment': ['spec.selector'],
  'apps/ReplicaSet': ['spec.selector'],
  'apps/DaemonSet': ['spec.selector'],
  'batch/Job': ['spec.completionMode', 'spec.selector'],
  'rbac.authorization.k8s.io/RoleBinding': [],
  'storage.k8s.io/StorageClass': ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'],
  'scheduling.k8s.io/PriorityClass': ['value', 'preemptionPolicy'],
  'apiextensions.k8s.io/CustomResourceDefinition': ['spec.group', 'spec.scope', 'spec.names.kind', 'spec.names.plural'],
}

/** Of these only some fields of the spec may change, which the server tells in one sentence. */
const MUTABLE_SPEC: Readonly<Record<string, { readonly fields: readonly string[]; readonly detail: string }>> = {
  'apps/StatefulSet': {
    fields: [
      'replicas',
      'ordinals',
      'template',
      'updateStrategy',
      'revisionHistoryLimit',
      'persistentVolumeClaimRetentionPolicy',
      'minReadySeconds',
    ],
    detail:
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  },
  '/PersistentVolumeClaim': {
    fields: ['resources', 'volumeAttributesClassName', 'volumeName', 'storageClassName'],
    detail: 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
  },
}

/** What an update may not change. Pure. */
export const validateImmutable = (key: string, next: KubeObject, previous: KubeObject): readonly FieldError[] => [
  ...(IMMUTABLE[key] ?? []).flatMap((field) => validateField(field, next, previous)),
  ...validateSpec(key, next, previous),
  ...(key === 'batch/Job' ? validateJob(next, previous) : []),
  ...validateAddress(key, next, previous),
  ...validateRole(key, next, previous),
  ...validateSealed(key, next, previous),
]

const validateField = (field: string, next: KubeObject, previous: KubeObject): FieldError[] => {
  const [now, before] = [read(next, field), read(previous, field)]
  if (isDeepStrictEqual(now, before)) return []
  return [{ type: 'FieldValueInvalid', field, badValue: now ?? null, detail: 'field is immutable' }]
}

const validateSpec = (key: string, next: KubeObject, previous: KubeObject): FieldError[] => {
  const rule = MUTABLE_SPEC[key]
  if (rule === undefined) return []
  const rest = ({ spec }: KubeObject): unknown =>
    Object.fromEntries(Object.entries((spec ?? {}) as object).filter(([name]) => !rule.fields.includes(name)))
  if (isDeepStrictEqual(rest(next), rest(previous)) && (key !== '/PersistentVolumeClaim' || mayClaim(next, previous)))
    return []
  return [{ type: 'FieldValueForbidden', field: 'spec', detail: rule.detail }]
}

/** A claim grows once it is bound, and gets its class and its volume where it had none. */
const mayClaim = (next: KubeObject, previous: KubeObject): boolean => {
  const isSame = (path: string): boolean => isDeepStrictEqual(read(next, path), read(previous, path))
  return (
    (isSame('spec.resources') || read(next, 'status.phase') === 'Bound') &&
    ['spec.storageClassName', 'spec.volumeName'].every((path) => isSame(path) || read(previous, path) === undefined)
  )
}

/** Where pods of a Job go may change while none of them runs. */
const MUTABLE_WHILE_SUSPENDED = ['nodeSelector', 'affinity', 'tolerations', 'schedulingGates']

/** So may what they ask for. */
const CONTAINERS = ['containers', 'initContainers']
const withoutResources = ({ resources: _, ...container }: Readonly<Record<string, unknown>>): object => container

const validateJob = (next: KubeObject, previous: KubeObject): FieldError[] => {
  const conditions = (read(previous, 'status.conditions') ?? []) as readonly { type: string; status: string }[]
  const isStopped = conditions.some(({ type, status }) => type === 'Suspended' && status === 'True')
  const isWaiting =
    read(previous, 'spec.suspend') === true &&
    (read(previous, 'status.startTime') === undefined || isStopped) &&
    (read(previous, 'status.active') ?? 0) === 0
  const toFixed = (job: KubeObject): KubeObject => {
    if (!isWaiting) return job
    const { metadata: _, spec, ...template } = read(job, 'spec.template') as Record<string, object>
    const fixed = Object.fromEntries(
      Object.entries(spec ?? {})
        .filter(([name]) => !MUTABLE_WHILE_SUSPENDED.includes(name))
        .map(([name, value]) => [
          name,
          Array.isArray(value) && CONTAINERS.includes(name) ? value.map(withoutResources) : value,
        ]),
    )
    return { ...job, spec: { ...(job.spec as object), template: { ...template, spec: fixed } } } as KubeObject
  }
  const isIndexed = read(next, 'spec.completionMode') === 'Indexed'
  return [
    ...(isIndexed ? [] : validateField('spec.completions', next, previous)),
    ...validateField('spec.template', toFixed(next), toFixed(previous)),
  ]
}

const validateAddress = (key: string, next: KubeObject, previous: KubeObject): FieldError[] => {
  if (
    key !== '/Service' ||
    read(next, 'spec.type') === 'ExternalName' ||
    read(previous, 'spec.type') === 'ExternalName'
  )
    return []
  const [now, before] = [read(next, 'spec.clusterIP'), read(previous, 'spec.clusterIP')]
  if (now === before) return []
  return [
    {
      type: 'FieldValueInvalid',
      field: 'spec.clusterIPs[0]',
      badValue: [now],
      detail: 'may not change once set',
    },
  ]
}

const validateRole = (key: string, next: KubeObject, previous: KubeObject): FieldError[] => {
  if (!/^rbac\S+Binding$/.test(key) || isDeepStrictEqual(next.roleRef, previous.roleRef)) return []
  const { apiGroup, kind, name } = next.roleRef as Readonly<Record<string, string>>
  // As Go prints a struct that has no names for JSON.
  const badValue = { APIGroup: apiGroup, Kind: kind, Name: name }
  return [{ type: 'FieldValueInvalid', field: 'roleRef', badValue, detail: 'cannot change roleRef' }]
}

/** ConfigMaps and Secrets may be sealed; a Secret keeps its type. */
const validateSealed = (key: string, next: KubeObject, previous: KubeObject): FieldError[] => {
  const errors: FieldError[] = []
  if (key === '/Secret' && next.type !== previous.type)
    errors.push({ type: 'FieldValueInvalid', field: 'type', badValue: next.type, detail: 'field is immutable' })
  if ((key === '/Secret' || key === '/ConfigMap') && previous.immutable === true) {
    const forbid = (field: string, detail: string): void => {
      errors.push({ type: 'FieldValueForbidden', field, detail })
    }
    if (next.immutable !== true) forbid('immutable', 'field is immutable when `immutable` is set')
    if (!isDeepStrictEqual(next.data, previous.data)) forbid('data', 'field is immutable when `immutable` is set')
  }
  return errors
}

const read = (object: KubeObject, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object)
