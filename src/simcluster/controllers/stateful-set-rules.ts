import type { LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { makePod, toControllerReference, withMeta } from './make-pod.ts'
import { omitEmpty } from './omit-empty.ts'
import { isAvailable, isReady } from './pod-state.ts'
import type { Condition, Pod, PodSpec, PodTemplate, Volume } from './shapes.ts'

/** A StatefulSet. */
export type StatefulSet = KubeObject & {
  readonly spec: {
    readonly replicas?: number
    readonly serviceName?: string
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly minReadySeconds?: number
    readonly revisionHistoryLimit?: number
    readonly podManagementPolicy?: string
    readonly ordinals?: { readonly start?: number }
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } }
    readonly volumeClaimTemplates?: readonly KubeObject[]
    readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string; readonly whenScaled?: string }
  }
  readonly status?: StatefulSetStatus
}

/** Its status. */
export type StatefulSetStatus = {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly currentReplicas?: number
  readonly updatedReplicas?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly collisionCount?: number
  readonly conditions?: readonly Condition[]
}

/** The label by which pods tell their revision. */
export const REVISION_LABEL = 'controller-revision-hash'

/** The revision of a pod. */
export const toPodRevision = ({ metadata }: KubeObject): string => metadata.labels?.[REVISION_LABEL] ?? ''

/** The number in the name of a pod; -1 for another name. */
export const toOrdinal = (set: KubeObject, pod: KubeObject): number => {
  const rest = pod.metadata.name.startsWith(`${set.metadata.name}-`)
    ? pod.metadata.name.slice(set.metadata.name.length + 1)
    : ''
  return /^\d+$/.test(rest) ? Number(rest) : -1
}

/** The numbers that its pods should have. */
export const toOrdinals = ({ spec }: StatefulSet): readonly number[] => {
  const start = spec.ordinals?.start ?? 0
  return Array.from({ length: spec.replicas ?? 1 }, (_, at) => start + at)
}

/** What is seen of the pods of a set. */
export type PodsOfSet = {
  readonly pods: readonly Pod[]
  readonly current: string
  readonly update: string
  readonly now: Date
}

/** The status that a set should have. Pure. */
export const computeStatefulSetStatus = (
  set: StatefulSet,
  { pods, current, update, now }: PodsOfSet,
): StatefulSetStatus => {
  const { replicas = 1, minReadySeconds = 0, updateStrategy } = set.spec
  const alive = pods.filter(({ metadata }) => !metadata.deletionTimestamp)
  const running = pods.filter((pod) => pod.status?.phase === 'Running' && isReady(pod))
  const countRevision = (name: string): number => alive.filter((pod) => toPodRevision(pod) === name).length
  const updated = countRevision(update)
  const isDone =
    (updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate' &&
    updated === replicas &&
    running.length === replicas &&
    pods.length === replicas
  return {
    replicas: pods.length,
    availableReplicas: running.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    collisionCount: set.status?.collisionCount ?? 0,
    ...omitEmpty({
      observedGeneration: set.metadata.generation,
      readyReplicas: running.length,
      currentReplicas: isDone ? updated : countRevision(current),
      updatedReplicas: updated,
      currentRevision: isDone ? update : current,
      updateRevision: update,
      conditions: set.status?.conditions,
    }),
  }
}

/** A pod of a set. */
export const makeNumberedPod = (
  set: StatefulSet,
  ordinal: number,
  { template, revision }: { readonly template: PodTemplate; readonly revision: string },
): KubeObject => {
  const { spec, metadata } = set
  const name = `${metadata.name}-${ordinal}`
  const pod = makePod(template, set)
  const claims = (spec.volumeClaimTemplates ?? []).map(
    (claim): Volume => ({
      name: claim.metadata.name,
      persistentVolumeClaim: { claimName: toClaimName(set, claim, ordinal) },
    }),
  )
  const own = new Set(claims.map((volume) => volume.name))
  const volumes = [...claims, ...(template.spec.volumes ?? []).filter((volume) => !own.has(volume.name))]
  const labels = {
    ...pod.metadata.labels,
    'apps.kubernetes.io/pod-index': String(ordinal),
    [REVISION_LABEL]: revision,
    'statefulset.kubernetes.io/pod-name': name,
  }
  const podSpec: PodSpec = {
    ...template.spec,
    hostname: name,
    ...(spec.serviceName ? { subdomain: spec.serviceName } : {}),
    ...(volumes.length > 0 ? { volumes } : {}),
  }
  return { ...withMeta(pod, { name, labels }), spec: podSpec }
}

const toClaimName = (set: KubeObject, claim: KubeObject, ordinal: number): string =>
  `${claim.metadata.name}-${set.metadata.name}-${ordinal}`

/** The claims of a pod of a set. */
export const makeClaims = (set: StatefulSet, ordinal: number): readonly KubeObject[] =>
  (set.spec.volumeClaimTemplates ?? []).map((claim) => {
    const { status: _status, ...rest } = claim
    const owned = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete'
    return {
      ...rest,
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...claim.metadata,
        name: toClaimName(set, claim, ordinal),
        namespace: set.metadata.namespace as string,
        labels: { ...claim.metadata.labels, ...set.spec.selector.matchLabels },
        ...(owned ? { ownerReferences: [toSetReference(set)] } : {}),
      } as ObjectMeta,
    }
  })

const toSetReference = (set: KubeObject) => {
  const { blockOwnerDeletion: _, ...reference } = toControllerReference(set)
  return reference
}
