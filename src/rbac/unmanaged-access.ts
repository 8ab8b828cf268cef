import { isBuiltInBinding, listBuiltInRoles } from '../kube/built-in-roles.ts'
import { type RbacBinding, type RbacObjects, type RbacRole, selectsRole } from '../kube/rbac.ts'
import { formatSubject } from '../kube/rbac-identity.ts'
import { SYSTEM_NAMESPACES } from './lockout.ts'
import type { GrantScope } from './render-grant.ts'

/** Access that no grant made, although it is about what a grant manages. */
export type UnmanagedAccess = {
  readonly object: RbacBinding | RbacRole
  /** What it has to do with the grant. */
  readonly note: string
  /** May it be deleted where the grant says so? What Kubernetes brings along may not. */
  readonly removable: boolean
}

/** What is known of the cluster. */
type Context = {
  readonly live: RbacObjects
  /** Is it of a component, or was it? */
  readonly isOwned: (object: RbacBinding | RbacRole) => boolean
  readonly kubernetesVersion: string
}

/**
 * What was made by hand beside a grant: bindings in its namespaces or to its subjects, and ClusterRoles that add rules to
 * the roles it gives. Pure.
 */
export const findUnmanagedAccess = (scope: GrantScope, context: Context): UnmanagedAccess[] => [
  ...context.live.bindings.flatMap((binding) => {
    const note = context.isOwned(binding) || isBuiltInBinding(binding) ? undefined : describeBinding(binding, scope)
    return note === undefined ? [] : [{ object: binding, note, removable: true }]
  }),
  ...findAggregating(scope, context),
]

const describeBinding = ({ namespace, subjects, roleRef }: RbacBinding, scope: GrantScope): string | undefined => {
  const managed = subjects.map(formatSubject).filter((subject) => scope.subjects.includes(subject))
  const gives = `gives ${roleRef.kind} ${roleRef.name} to`
  if (managed.length > 0) return `${gives} ${managed.join(', ')}, whose access is managed`
  if (namespace === undefined || !scope.namespaces.includes(namespace) || SYSTEM_NAMESPACES.has(namespace))
    return undefined
  return `${gives} ${subjects.map(formatSubject).join(', ') || 'nobody'} in a namespace whose access is managed`
}

/** ClusterRoles that are taken into the roles of the grant, and roles of Kubernetes that are not as it makes them. */
const findAggregating = (scope: GrantScope, { live, isOwned, kubernetesVersion }: Context): UnmanagedAccess[] => {
  const builtIn = new Map(listBuiltInRoles(kubernetesVersion).map((role) => [role.name, role]))
  const clusterRoles = live.roles.filter(({ kind }) => kind === 'ClusterRole')
  const given = clusterRoles.filter(({ name }) => scope.roles.includes(name))
  const reached = new Map<RbacRole, RbacRole>(given.map((role) => [role, role]))
  for (const [role, origin] of reached) {
    const known = builtIn.get(role.name)
    for (const part of clusterRoles)
      if (!reached.has(part) && selectsRole([...(role.aggregates ?? []), ...(known?.aggregates ?? [])], part))
        reached.set(part, origin)
  }
  return [...reached].flatMap(([role, origin]): UnmanagedAccess[] => {
    const into = `${origin.name}, which a grant gives`
    const original = builtIn.get(role.name)
    if (original !== undefined) {
      const note = isAsMade(role, original) ? undefined : `is not as Kubernetes makes it and counts for ${into}`
      return note === undefined ? [] : [{ object: role, note, removable: false }]
    }
    if (role === origin || isOwned(role)) return []
    return [{ object: role, note: `adds its rules to ${into}`, removable: true }]
  })
}

/** An aggregated role is as its parts are; its selectors must be those of Kubernetes. */
const isAsMade = (role: RbacRole, original: RbacRole): boolean =>
  original.aggregates
    ? normalize(role.aggregates ?? []) === normalize(original.aggregates)
    : normalize(role.rules) === normalize(original.rules)

const normalize = (items: readonly object[]): string =>
  items
    .map((item) =>
      JSON.stringify(
        Object.entries(item)
          .map(([key, value]) => [key, Array.isArray(value) ? value.toSorted() : value])
          .sort(),
      ),
    )
    .sort()
    .join()
