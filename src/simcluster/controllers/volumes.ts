import type { KubeObject } from '../../kube/object.ts'
import { type Controller, itself, type Outcome, toManagerAgent } from './controller.ts'
import { withMeta } from './make-pod.ts'
import { isFinished } from './pod-state.ts'
import type { Pod } from './shapes.ts'
import {
  type Claim,
  chooseVolume,
  isMeantFor,
  makeVolume,
  type PersistentVolume,
  type StorageClass,
  toClaimReference,
} from './volume-rules.ts'
import { toObjectKey, type World } from './world.ts'

const PODS = '/pods'
const CLAIMS = '/persistentvolumeclaims'
const VOLUMES = '/persistentvolumes'
const CLASSES = 'storage.k8s.io/storageclasses'
const AGENT = toManagerAgent('persistent-volume-binder')
const BOUND_BY = 'pv.kubernetes.io/bound-by-controller'
const COMPLETED = 'pv.kubernetes.io/bind-completed'
const PROVISIONERS = ['volume.beta.kubernetes.io/storage-provisioner', 'volume.kubernetes.io/storage-provisioner']

/** Binds claims to volumes that fit, or makes these where there is a class; lets claims go that nobody uses. */
export const CLAIM_BINDER: Controller = {
  name: 'claim-binder',
  agent: AGENT,
  triggers: {
    [CLAIMS]: itself,
    [VOLUMES]: (_change, world) => listUnbound(world),
    [CLASSES]: (_change, world) => listUnbound(world),
    // A class may wait for a pod, and so does the end of a claim.
    [PODS]: ({ object }) => listClaims(object as Pod),
  },
  reconcile: (key, world) => {
    const claim = world.get(CLAIMS, key) as Claim | undefined
    if (!claim) return undefined
    if (claim.metadata.deletionTimestamp) return release(world, claim)
    if (claim.status?.phase !== 'Bound') return bind(world, claim)
    return world.has(VOLUMES, claim.spec.volumeName ?? '') ? undefined : writePhase(world, CLAIMS, claim, 'Lost')
  },
}

const listUnbound = (world: World): readonly string[] =>
  (world.list(CLAIMS) as readonly Claim[]).filter(({ status }) => status?.phase !== 'Bound').map(toObjectKey)

const listClaims = ({ spec, metadata }: Pod): readonly string[] =>
  (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [`${metadata.namespace}/${persistentVolumeClaim.claimName}`] : [],
  )

const findUsers = (world: World, claim: Claim): readonly Pod[] =>
  (world.listIn(PODS, claim.metadata.namespace as string) as readonly Pod[]).filter(
    (pod) => pod.spec.nodeName && !isFinished(pod) && listClaims(pod).includes(toObjectKey(claim)),
  )

const release = (world: World, claim: Claim): Outcome =>
  findUsers(world, claim).length > 0 ? undefined : dropFinalizers(world, CLAIMS, claim, 'kubernetes.io/pvc-protection')

const bind = (world: World, claim: Claim): Outcome => {
  const classes = world.list(CLASSES) as readonly StorageClass[]
  const storageClass = classes.find(({ metadata }) => metadata.name === claim.spec.storageClassName)
  const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer'
  if (waits && !claim.spec.volumeName && findUsers(world, claim).length === 0) return undefined
  const found = chooseVolume(claim, world.list(VOLUMES) as readonly PersistentVolume[])
  if (found) return bindTo(world, claim, found)
  if (claim.spec.volumeName || !storageClass || storageClass.provisioner === 'kubernetes.io/no-provisioner')
    return undefined
  return provision(world, claim, storageClass)
}

const provision = (world: World, claim: Claim, storageClass: StorageClass): Outcome => {
  const marks = Object.fromEntries(PROVISIONERS.map((name) => [name, storageClass.provisioner]))
  const annotations = { ...claim.metadata.annotations, ...marks }
  const marked = world.update(CLAIMS, withMeta(claim, { annotations }))
  if (!marked.ok) return 'failed'
  // The change of volumes wakes the claim again, which is bound then.
  return toOutcome(world.create(VOLUMES, makeVolume(marked.read() as Claim, storageClass)))
}

const bindTo = (world: World, claim: Claim, volume: PersistentVolume): Outcome => {
  let bound: KubeObject = volume
  if (volume.spec.claimRef?.uid === undefined) {
    const annotations = volume.spec.claimRef ? {} : { [BOUND_BY]: 'yes' }
    const next = withMeta(volume, { annotations: { ...volume.metadata.annotations, ...annotations } })
    const written = world.update(VOLUMES, {
      ...next,
      spec: { ...volume.spec, claimRef: toClaimReference(claim) },
    } as KubeObject)
    if (!written.ok) return 'failed'
    bound = written.read()
  }
  if (writePhase(world, VOLUMES, bound, 'Bound') === 'failed') return 'failed'
  const isChosen = claim.spec.volumeName === undefined
  const annotations = { ...claim.metadata.annotations, [COMPLETED]: 'yes', ...(isChosen ? { [BOUND_BY]: 'yes' } : {}) }
  const spec = { ...claim.spec, volumeName: volume.metadata.name }
  const written = world.update(CLAIMS, { ...withMeta(claim, { annotations }), spec } as KubeObject)
  if (!written.ok) return 'failed'
  const { accessModes, capacity } = volume.spec
  return toOutcome(world.updateStatus(CLAIMS, written.read(), { phase: 'Bound', accessModes, capacity }))
}

/** Says how volumes are, and deletes those that were made for claims that are gone. */
export const VOLUME_RECLAIMER: Controller = {
  name: 'volume-reclaimer',
  agent: AGENT,
  triggers: {
    [VOLUMES]: itself,
    [CLAIMS]: ({ type, object }) => {
      const { volumeName } = (object as Claim).spec
      return type === 'DELETED' && volumeName ? [volumeName] : []
    },
  },
  reconcile: (name, world) => {
    const volume = world.get(VOLUMES, name) as PersistentVolume | undefined
    if (!volume) return undefined
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec
    if (!claimRef)
      return volume.metadata.deletionTimestamp ? letGo(world, volume) : writePhase(world, VOLUMES, volume, 'Available')
    const claim = world.get(CLAIMS, `${claimRef.namespace}/${claimRef.name}`) as Claim | undefined
    if (claim && isMeantFor(volume, claim)) return undefined
    if (claimRef.uid === undefined) return writePhase(world, VOLUMES, volume, 'Available')
    if (volume.metadata.deletionTimestamp) return letGo(world, volume)
    if (writePhase(world, VOLUMES, volume, 'Released') === 'failed') return 'failed'
    return persistentVolumeReclaimPolicy === 'Delete' ? toOutcome(world.delete(VOLUMES, name)) : undefined
  },
}

const letGo = (world: World, volume: PersistentVolume): Outcome =>
  dropFinalizers(world, VOLUMES, volume, 'kubernetes.io/pv-protection', 'kubernetes.io/pv-controller')

const dropFinalizers = (world: World, resource: string, object: KubeObject, ...names: readonly string[]): Outcome => {
  const { finalizers = [] } = object.metadata
  const kept = finalizers.filter((each) => !names.includes(each))
  return kept.length === finalizers.length
    ? undefined
    : toOutcome(world.update(resource, withMeta(object, { finalizers: kept })))
}

const writePhase = (world: World, resource: string, object: KubeObject, phase: string): Outcome =>
  toOutcome(world.updateStatus(resource, object, { ...(object.status as object | undefined), phase }))

const toOutcome = (written: { readonly ok: boolean } | undefined): Outcome =>
  written?.ok === false ? 'failed' : undefined
