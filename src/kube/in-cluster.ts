import { readFile } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { createKubeError } from './errors.ts'
import { createTokenFile } from './token-file.ts'

/** Where every pod finds its service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The access of a pod to the cluster it runs in. */
export const loadInClusterAccess = async (deps: {
  readonly clock: Clock
  readonly env: Readonly<Record<string, string>>
  readonly readFile?: (path: string) => Promise<Buffer>
}): Promise<ClusterAccess> => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = deps.env
  if (!host || !port) {
    throw createKubeError('KUBECONFIG_INVALID', 'not in a cluster: KUBERNETES_SERVICE_HOST and _PORT are not set')
  }
  const read = deps.readFile ?? ((path: string) => readFile(path))
  const [certificateAuthority, namespace] = await Promise.all(
    ['ca.crt', 'namespace'].map(async (name) => (await read(`${SERVICE_ACCOUNT}/${name}`)).toString()),
  )
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...(certificateAuthority ? { certificateAuthority } : {}),
    ...(namespace ? { namespace: namespace.trim() } : {}),
    getCredentials: createTokenFile(`${SERVICE_ACCOUNT}/token`, {}, { clock: deps.clock, read }),
  }
}
