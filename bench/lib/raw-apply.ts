import { mapLimited } from '../../src/base/limit.ts'
import { FIELD_MANAGER } from '../../src/inventory/fingerprint.ts'
import type { Discovery, KubeClient } from '../../src/kube/client.ts'
import { type Manifest, toGroup } from '../../src/kube/object.ts'

const CONCURRENCY = 32

/** Server-side apply of all manifests and nothing else: as fast as the client goes. Gives objects per second. */
export const applyRaw = async (client: KubeClient, manifests: readonly Manifest[]): Promise<number> => {
  const discovery = await client.discover()
  const started = performance.now()
  await mapLimited(manifests, CONCURRENCY, (manifest) =>
    client.apply(toAddress(manifest, discovery), manifest, { fieldManager: FIELD_MANAGER, force: true }),
  )
  return (manifests.length / (performance.now() - started)) * 1_000
}

const toAddress = ({ apiVersion, kind, metadata: { namespace, name } }: Manifest, discovery: Discovery) => {
  const resource = discovery.find(toGroup(apiVersion), kind)
  if (!resource) throw new Error(`the server does not serve ${kind} of ${apiVersion}`)
  return { resource, name, ...(namespace === undefined ? {} : { namespace }) }
}
