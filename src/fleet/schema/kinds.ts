import { cluster } from './cluster.ts'
import { clusterTemplate } from './cluster-template.ts'
import { fleet } from './fleet.ts'
import { placement } from './placement.ts'
import { rbacGrant } from './rbac-grant.ts'
import { rbacTemplate } from './rbac-template.ts'

/** The schema of every kind of document. */
export const KINDS = {
  Fleet: fleet,
  Cluster: cluster,
  ClusterTemplate: clusterTemplate,
  Placement: placement,
  RbacTemplate: rbacTemplate,
  RbacGrant: rbacGrant,
}

/** The name of a kind. */
export type Kind = keyof typeof KINDS

/** Is it the name of a kind? */
export const isKind = (kind: unknown): kind is Kind => typeof kind === 'string' && Object.hasOwn(KINDS, kind)
