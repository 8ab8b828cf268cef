import known from './generated/built-in-roles.json' with { type: 'json' }
import { aggregateRoles, type RbacBinding, type RbacRole } from './rbac.ts'

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

/** Kubernetes binds its own roles to its own subjects only: its label alone is not believed, as anybody can write it. */
export const isBuiltInBinding = ({ labels, subjects, roleRef }: RbacBinding): boolean =>
  labels?.['kubernetes.io/bootstrapping'] !== undefined &&
  subjects.every(({ kind, name, namespace }) => {
    if (kind === 'ServiceAccount') return namespace === 'kube-system'
    return name.startsWith('system:') && (!EVERYBODY.test(name) || FOR_EVERYBODY.has(roleRef.name))
  })

/** Names that begin like those of the control plane, and are everybody's or any workload's. */
const EVERYBODY = /^system:(authenticated|unauthenticated|anonymous|serviceaccounts?(:.*)?)$/
/** What Kubernetes itself gives to these. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set([
  'system:basic-user',
  'system:discovery',
  'system:public-info-viewer',
  'system:service-account-issuer-discovery',
])

const toMinor = (version: string): number => Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN)
