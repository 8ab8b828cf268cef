import { rm } from 'node:fs/promises'
import type { RealCluster } from './cluster.ts'

/** Where the provisioner makes its folders; it cannot be told another place. */
const ROOT = '/tmp/hostpath_pv/'

/** Adds a default storage class, so that volume claims are bound as they are on clusters elsewhere. */
export const createStorageClass = async (cluster: RealCluster, signal: AbortSignal): Promise<void> => {
  const storageClass = {
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'kubernetes.io/host-path',
  }
  const path = '/apis/storage.k8s.io/v1/storageclasses'
  const { status, body } = await cluster.call('POST', path, { body: storageClass, signal })
  if (status !== 201) throw new Error(`The storage class was not created: ${JSON.stringify(body)}`)
}

type VolumeList = { readonly items: readonly { readonly spec: { readonly hostPath?: { readonly path: string } } }[] }

/** Removes the (empty) folders of a cluster's volumes. One that does not answer any more keeps them. */
export const removeVolumeFolders = async (cluster: RealCluster): Promise<void> => {
  const volumes = await cluster
    .call<VolumeList>('GET', '/api/v1/persistentvolumes', { signal: AbortSignal.timeout(1_000) })
    .catch(() => undefined)
  if (volumes?.status !== 200) return
  for (const { spec } of volumes.body.items) {
    if (spec.hostPath?.path.startsWith(ROOT)) await rm(spec.hostPath.path, { recursive: true, force: true })
  }
}
