import { aggregateRoles, type RbacRole } from '../kube/rbac.ts'
import known from './generated/built-in-roles.json' with { type: 'json' }

const ROLES = known as unknown as Readonly<Record<string, readonly RbacRole[]>>

/** The ClusterRoles for people that a cluster of this version has from the start; of the nearest known version. */
export const listBuiltInRoles = (kubernetesVersion?: string): readonly RbacRole[] => {
  const versions = Object.keys(ROLES).sort((a, b) => toMinor(a) - toMinor(b))
  const wanted = kubernetesVersion === undefined ? Number.POSITIVE_INFINITY : toMinor(kubernetesVersion)
  const nearest = versions.findLast((version) => toMinor(version) <= wanted) ?? versions[0]
  return ROLES[nearest ?? ''] ?? []
}

/** The rules of such a role, aggregated; undefined where there is none of the name. */
export const findBuiltInRole = (name: string): RbacRole | undefined =>
  aggregateRoles(listBuiltInRoles()).find((role) => role.name === name)

const toMinor = (version: string): number => Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN)
