/** How a cluster was last. */
export type StoredCluster = {
  readonly name: string
  readonly target?: string
  readonly applied?: string
  readonly state: ClusterState
  readonly message?: string
  readonly objects: number
  readonly seen: string
}

/** `synced`: as Git says, or drift is being healed; `drifted`: something is left; `pending`: Git is ahead. */
export type ClusterState =
  | 'unknown'
  | 'syncing'
  | 'synced'
  | 'drifted'
  | 'pending'
  | 'failed'
  | 'unreachable'
  | 'suspended'

/** How clusters are. */
export type ClusterStore = {
  readonly saveCluster: (cluster: StoredCluster) => Promise<void>
  /** By name: all, or those of these names. */
  readonly listClusters: (filter?: { readonly names: readonly string[] }) => Promise<StoredCluster[]>
  readonly listClusterNames: () => Promise<string[]>
}
