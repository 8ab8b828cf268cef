import { aggregateRoles } from '../kube/rbac.ts'
import { createRbacIndex, listHeld } from '../kube/rbac-access.ts'
import type { Identity, RbacSubject } from '../kube/rbac-identity.ts'
import { type ClusterAccess, computeAccessChange } from './access-change.ts'
import type { AccessChange } from './access-fold.ts'

/** All that somebody may do, by his own name and by his groups, as what he gains from having nothing. Pure. */
export const computeSubjectAccess = (clusters: readonly ClusterAccess[], identity: Identity): AccessChange[] =>
  computeAccessChange([], limitTo(clusters, identity))

/** What somebody may more (gains) or less (loses) in the second state than in the first. Pure. */
export const compareSubjectAccess = (
  first: readonly ClusterAccess[],
  second: readonly ClusterAccess[],
  identity: Identity,
): AccessChange[] => computeAccessChange(limitTo(first, identity), limitTo(second, identity))

/** Only the bindings that give him something, as if they named him alone. */
const limitTo = (clusters: readonly ClusterAccess[], identity: Identity): ClusterAccess[] => {
  const subjects: RbacSubject[] = [{ kind: 'User', name: identity.user }]
  return clusters.map(({ cluster, objects }) => {
    const roles = aggregateRoles(objects.roles)
    const held = listHeld(createRbacIndex({ roles, bindings: objects.bindings }), identity)
    const bindings = [...new Set(held.map(({ binding }) => binding))].map((binding) => ({ ...binding, subjects }))
    return { cluster, objects: { roles, bindings } }
  })
}
