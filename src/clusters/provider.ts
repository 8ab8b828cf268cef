import type { ResolvedCluster, ResolvedProvider } from '../fleet/resolved.ts'
import type { ClusterAccess } from '../kube/cluster-access.ts'
import { createClustersError } from './errors.ts'

/** How clusters of one type come to be and are reached. */
export type ClusterProvider = {
  readonly type: ResolvedProvider['type']
  /** Where the cluster's API server is and how to get in. */
  readonly openAccess: (cluster: ResolvedCluster, options?: { readonly signal?: AbortSignal }) => Promise<ClusterAccess>
}

/** The provider of a cluster among those that this program brings (`PROVIDER_UNSUPPORTED`). */
export const pickProvider = (providers: readonly ClusterProvider[], cluster: ResolvedCluster): ClusterProvider => {
  const provider = providers.find(({ type }) => type === cluster.provider.type)
  if (provider) return provider
  throw createClustersError(
    'PROVIDER_UNSUPPORTED',
    `cluster ${cluster.name}: provider ${cluster.provider.type} cannot be used here`,
    {
      subject: cluster.name,
      position: cluster.origin,
      hint: `use one of: ${providers.map(({ type }) => type).join(', ')}`,
    },
  )
}
