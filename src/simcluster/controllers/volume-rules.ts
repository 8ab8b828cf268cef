import type { LabelSelector } from '../../kube/label-selector.ts'
import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { parseQuantity } from '../../kube/quantity.ts'
import { matchesSelector } from './match-labels.ts'

/** A PersistentVolumeClaim. */
export type Claim = KubeObject & {
  readonly spec: {
    readonly volumeName?: string
    readonly storageClassName?: string
    readonly accessModes?: readonly string[]
    readonly volumeMode?: string
    readonly selector?: LabelSelector
    readonly resources?: { readonly requests?: { readonly storage?: string } }
  }
  readonly status?: { readonly phase?: string }
}
/** A PersistentVolume. */
export type PersistentVolume = KubeObject & {
  readonly spec: {
    readonly claimRef?: { readonly namespace: string; readonly name: string; readonly uid?: string }
    readonly storageClassName?: string
    readonly accessModes?: readonly string[]
    readonly volumeMode?: string
    readonly capacity?: { readonly storage?: string }
    readonly persistentVolumeReclaimPolicy?: string
  }
  readonly status?: { readonly phase?: string }
}
/** A StorageClass. */
export type StorageClass = KubeObject & {
  readonly provisioner?: string
  readonly reclaimPolicy?: string
  readonly volumeBindingMode?: string
}

/** Whether a volume is meant for a claim, and for no other. */
export const isMeantFor = ({ spec }: PersistentVolume, { metadata }: Claim): boolean =>
  spec.claimRef !== undefined &&
  spec.claimRef.name === metadata.name &&
  spec.claimRef.namespace === metadata.namespace &&
  (spec.claimRef.uid === undefined || spec.claimRef.uid === metadata.uid)

/** The volume for a claim: one that is meant for it, else the smallest that fits. */
export const chooseVolume = (claim: Claim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined => {
  const { volumeName } = claim.spec
  if (volumeName) {
    const named = volumes.find(({ metadata }) => metadata.name === volumeName)
    return named && (named.spec.claimRef === undefined || isMeantFor(named, claim)) ? named : undefined
  }
  const fitting = volumes
    .filter((volume) => !volume.metadata.deletionTimestamp && fits(volume, claim))
    .sort((left, right) => toSize(left) - toSize(right))
  return fitting.find((volume) => isMeantFor(volume, claim)) ?? fitting.find(({ spec }) => spec.claimRef === undefined)
}

const toSize = ({ spec }: PersistentVolume): number => parseQuantity(spec.capacity?.storage) ?? 0

const fits = (volume: PersistentVolume, { spec }: Claim): boolean =>
  (volume.spec.storageClassName ?? '') === (spec.storageClassName ?? '') &&
  (volume.spec.volumeMode ?? 'Filesystem') === (spec.volumeMode ?? 'Filesystem') &&
  (spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode)) &&
  toSize(volume) >= (parseQuantity(spec.resources?.requests?.storage) ?? 0) &&
  (spec.selector === undefined || matchesSelector(spec.selector, volume.metadata.labels))

/** A reference to a claim, as its volume has it. */
export const toClaimReference = ({ metadata: { name, namespace, uid, resourceVersion } }: Claim): object => ({
  kind: 'PersistentVolumeClaim',
  namespace,
  name,
  uid,
  apiVersion: 'v1',
  resourceVersion,
})

/** A volume that is made for a claim. */
export const makeVolume = (
  claim: Claim,
  { metadata, provisioner, reclaimPolicy = 'Delete' }: StorageClass,
): KubeObject => {
  const { accessModes, volumeMode, resources } = claim.spec
  const name = `pvc-${claim.metadata.uid}`
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: { 'pv.kubernetes.io/provisioned-by': provisioner, 'pv.kubernetes.io/bound-by-controller': 'yes' },
      finalizers: ['kubernetes.io/pv-controller'],
    } as unknown as ObjectMeta,
    spec: {
      accessModes,
      capacity: { storage: resources?.requests?.storage },
      claimRef: toClaimReference(claim),
      hostPath: { path: `/tmp/hostpath_pv/${name}`, type: '' },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: metadata.name,
      volumeMode,
    },
  } as unknown as KubeObject
}
