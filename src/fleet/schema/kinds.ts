import type { TSchema } from 'typebox'
import type { Kind } from '../kind.ts'
import { alertPolicy } from './alert-policy.ts'
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
  AlertPolicy: alertPolicy,
} satisfies Record<Kind, TSchema>
