import type { ResolvedBinding, ResolvedGrant } from '../fleet/resolved.ts'
import { aggregateRoles, type RbacObjects } from '../kube/rbac.ts'
import { canAccess, createRbacIndex } from '../kube/rbac-access.ts'
import type { Identity } from '../kube/rbac-identity.ts'
import type { ResourceRequest } from '../kube/rbac-rule.ts'

/** Where Kubernetes and Lockstep themselves live. */
export const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'lockstep-system'])
const OWN_NAMESPACE = 'lockstep-system'

/** Why a grant could take the access of Lockstep or of Kubernetes itself away, whatever the cluster; undefined: it cannot. */
export const findLockout = ({ bindings, unmanaged }: ResolvedGrant): string | undefined => {
  for (const { subjects, expires, namespaces } of bindings) {
    const own = subjects.find(({ serviceAccount }) => serviceAccount?.startsWith(`${OWN_NAMESPACE}/`))
    if (own && expires !== undefined) return `the access of Lockstep itself (${own.serviceAccount}) would end`
    if (unmanaged !== 'remove') continue
    const system = subjects.map(toSystemName).find((name) => name !== undefined)
    if (system !== undefined) return `with unmanaged: remove, all other access of ${system} would be taken away`
    const named =
      namespaces && 'names' in namespaces ? namespaces.names.find((each) => SYSTEM_NAMESPACES.has(each)) : undefined
    if (named !== undefined) return `with unmanaged: remove, all other access in ${named} would be taken away`
  }
  return undefined
}

const SYSTEM_GROUPS = /^system:(masters|authenticated|unauthenticated|nodes|serviceaccounts(:(kube|lockstep)-system)?)$/

const toSystemName = ({ user, group, serviceAccount }: ResolvedBinding['subjects'][number]): string | undefined => {
  if (group !== undefined) return SYSTEM_GROUPS.test(group) ? group : undefined
  if (user !== undefined) return user.startsWith('system:') ? user : undefined
  return SYSTEM_NAMESPACES.has(serviceAccount?.split('/')[0] ?? '') ? serviceAccount : undefined
}

/** What Lockstep cannot work without. */
const NEEDED: readonly ResourceRequest[] = ['get', 'list', 'create', 'update', 'patch', 'delete'].flatMap((verb) => [
  { verb, group: '', resource: 'configmaps', namespace: OWN_NAMESPACE },
  { verb, group: 'coordination.k8s.io', resource: 'leases', namespace: OWN_NAMESPACE },
  { verb, group: '', resource: 'namespaces' },
  { verb, group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb, group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { verb, group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
])

/** Would somebody who can now do what Lockstep needs no longer be able to? Pure. */
export const isLockedOut = (before: RbacObjects, after: RbacObjects, identity: Identity): boolean => {
  const [now, then] = [before, after].map(({ roles, bindings }) =>
    createRbacIndex({ roles: aggregateRoles(roles), bindings }),
  )
  return NEEDED.some((request) => canAccess(now!, identity, request) && !canAccess(then!, identity, request))
}
