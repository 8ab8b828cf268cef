import type { FleetModel } from '../fleet/model.ts'
import type { Problem } from '../fleet/problem.ts'
import { resolveGrants } from '../fleet/resolve-grants.ts'
import type { ResolvedBinding, ResolvedGrant } from '../fleet/resolved.ts'
import { listSelectorTerms } from '../fleet/selector.ts'
import { listBuiltInRoles } from '../kube/built-in-roles.ts'
import type { LabelSelector } from '../kube/label-selector.ts'
import { readRbacObjects } from '../kube/rbac.ts'
import type { ClusterAccess } from './access-change.ts'
import { createRbacError } from './errors.ts'
import { findLockout } from './lockout.ts'
import { renderGrant } from './render-grant.ts'

/** The grants of one cluster. */
export type ClusterGrants = { readonly cluster: string; readonly grants: readonly ResolvedGrant[] }

/** The grants of every cluster, from the documents alone: what else is wrong with a cluster does not matter. */
export const listClusterGrants = (
  model: FleetModel,
): { readonly clusters: readonly ClusterGrants[]; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = []
  const clusters = [...model.clusters.values()].map((cluster) => ({
    cluster: cluster.name,
    grants: resolveGrants(model, cluster, [], problems).flatMap(({ source }) =>
      source.type === 'grant' ? [source.grant] : [],
    ),
  }))
  return { clusters: clusters.sort((a, b) => (a.cluster < b.cluster ? -1 : 1)), problems }
}

/**
 * The access that grants give, without asking any cluster. Namespaces that are selected by labels stand as one, named for
 * the labels. A grant that would lock Lockstep out is refused (`RBAC_LOCKOUT`).
 */
export const previewAccess = (clusters: readonly ClusterGrants[], now: Date): ClusterAccess[] =>
  clusters.map(({ cluster, grants }) => {
    const manifests = grants.flatMap((grant) => {
      const lockout = findLockout(grant)
      if (lockout !== undefined)
        throw createRbacError('RBAC_LOCKOUT', `grant ${grant.name} is refused: ${lockout}`, {
          subject: grant.name,
          hint: 'leave the access of the system to others than this grant',
        })
      const named = { ...grant, bindings: grant.bindings.map(nameNamespaces) }
      return renderGrant(named, { now, namespaces: [], isComplete: false }).manifests
    })
    const { roles, bindings } = readRbacObjects(manifests)
    return { cluster, objects: { roles: [...roles, ...listBuiltInRoles()], bindings } }
  })

const nameNamespaces = (binding: ResolvedBinding): ResolvedBinding => {
  const { namespaces } = binding
  if (namespaces === undefined || 'names' in namespaces) return binding
  return { ...binding, namespaces: { names: [formatLabels(namespaces)] } }
}

/** `(team=a)`, as no namespace is called. */
const formatLabels = (selector: LabelSelector): string => {
  const terms = listSelectorTerms(selector)
  return terms.length === 0 ? '(all)' : `(${terms.join(' and ').replaceAll(',', '|').replaceAll('/', '∕')})`
}
