import { isDeepStrictEqual } from 'node:util'
import type { Json, KubeObject, ObjectMeta } from '../../kube/object.ts'
import { RBAC_GROUP } from '../../kube/rbac.ts'
import { TEMPLATE_GENERATION } from './defaults/by-kind.ts'
import { admitPod, toQosClass } from './pod.ts'
import { allocateService, isBalanced, keepAllocated } from './service.ts'

type Fields = Readonly<Record<string, Json | undefined>>

/** No rules are kept as none; to whoever states them, they are a list that is empty. */
const toStoredRole = (role: KubeObject): KubeObject =>
  Array.isArray(role.rules) && role.rules.length === 0 ? { ...role, rules: null } : role

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
  [`${RBAC_GROUP}/Role`]: toStoredRole,
  [`${RBAC_GROUP}/ClusterRole`]: toStoredRole,
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
  [`${RBAC_GROUP}/Role`]: toStoredRole,
  [`${RBAC_GROUP}/ClusterRole`]: toStoredRole,
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

const readTemplateGeneration = ({ metadata }: KubeObject): number =>
  Number(metadata.annotations?.[TEMPLATE_GENERATION] ?? 0)

const withTemplateGeneration = (object: KubeObject, generation: number): KubeObject =>
  withMetadata(object, { annotations: { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) } })

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

const withFinalizer = ({ metadata }: KubeObject, finalizer: string): string[] => [
  ...new Set([...(metadata.finalizers ?? []), finalizer]),
]

const withMetadata = (object: KubeObject, members: Readonly<Record<string, unknown>>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...members } as ObjectMeta,
})
