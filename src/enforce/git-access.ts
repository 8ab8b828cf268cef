import type { ResolvedCluster } from '../fleet/resolved.ts'
import { listBuiltInRoles } from '../kube/built-in-roles.ts'
import { type RbacObjects, readRbacObjects } from '../kube/rbac.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { FleetSession } from '../render/fleet-session.ts'
import { renderCluster } from '../render/render-cluster.ts'

/** The access that Git states for one cluster, without the roles that every cluster has. */
export type StatedAccess = {
  readonly cluster: string
  readonly kubernetesVersion?: string
  readonly objects: RbacObjects
  /** Components that cannot be rendered: what access they state is not known. */
  readonly leftOut: readonly { readonly component: string; readonly message: string }[]
}

/** Reads the access that Git states for a cluster; no cluster is asked. */
export const readStatedAccess = async (
  cluster: ResolvedCluster,
  session: FleetSession,
  { now, signal }: { readonly now: Date; readonly signal?: AbortSignal },
): Promise<StatedAccess> => {
  const { name: fleet, deletionGuard } = session.fleet
  const input = { fleet, revision: session.revision, deletionGuard, cluster, now }
  const desired = await renderCluster(input, session.renderDeps, signal ? { signal } : {})
  const { kubernetesVersion } = cluster.shape
  return {
    cluster: cluster.name,
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    objects: listStatedObjects(desired),
    leftOut: desired.components.flatMap(({ name, error }) =>
      error ? [{ component: name, message: error.message }] : [],
    ),
  }
}

/** Roles and bindings among what Git states. Pure. */
export const listStatedObjects = ({ components }: DesiredCluster): RbacObjects =>
  readRbacObjects(components.flatMap(({ objects }) => objects.map(({ manifest }) => manifest)))

/** The same with the roles that every cluster of a version has. Pure. */
export const withBuiltInRoles = ({ roles, bindings }: RbacObjects, kubernetesVersion?: string): RbacObjects => ({
  roles: [...roles, ...listBuiltInRoles(kubernetesVersion)],
  bindings,
})
