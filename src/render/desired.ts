import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import type { ComponentPolicy, DeletionGuard } from '../fleet/policy.ts'
import type { Manifest } from '../kube/object.ts'
import type { ExpiredAccess, GrantScope } from '../rbac/render-grant.ts'

/** A manifest with what the steps after rendering need to know of it. */
export type DesiredObject = {
  readonly manifest: Manifest
  /** A digest of the manifest, where the renderer made one. */
  readonly digest?: string
  /** Where it was rendered from, for people: a file of the source, or a chart's template. */
  readonly origin?: string
  /** Helm hook phases (`pre-install`, `post-upgrade`, …) where it is a hook: applied at its phase, deleted by its policy. */
  readonly hook?: {
    readonly phases: readonly string[]
    readonly weight: number
    readonly deletePolicies: readonly string[]
  }
  /** Leaves that came out differently when rendered twice (JSON Pointers in the field grammar): applied at creation, then left alone. */
  readonly random?: readonly string[]
}

/** What a component that is an RbacGrant knows beside its objects. */
export type DesiredGrant = {
  /** Bindings that have ended: deleting them needs no confirmation. */
  readonly expired: readonly ExpiredAccess[]
  /** What it lets people do that is dangerous, in words. */
  readonly risks: readonly string[]
  /** Absent where access that others gave is nobody's business. */
  readonly scope?: GrantScope
}

/** What is rendered, applied and inventoried together on one cluster. */
export type DesiredComponent = {
  /** Its identity on a cluster. */
  readonly name: string
  readonly policy: ComponentPolicy
  /** The default namespace, created with the component. */
  readonly namespace?: string
  readonly dependsOn: readonly string[]
  readonly owner?: string
  /** `namespace/name` of the service account that is impersonated for every request of this component. */
  readonly serviceAccount?: string
  readonly objects: readonly DesiredObject[]
  /** Set where it is an RbacGrant, which may come to nothing. */
  readonly grant?: DesiredGrant
  /** What people call its source: `chart ingress-nginx 4.11.3`, `path ./base`. */
  readonly source: string
  /** The path of the source in the fleet repository, for CODEOWNERS. */
  readonly path?: string
  /** Set where rendering failed: the component is reported, and nothing of it is applied or pruned. */
  readonly error?: Error
  readonly warnings: readonly string[]
  /** What it was made of, held so that clusters that render the same share it. */
  readonly rendering?: object
}

/** Everything Git says of one cluster. */
export type DesiredCluster = {
  readonly fleet: string
  readonly cluster: string
  readonly labels: Readonly<Record<string, string>>
  /** The commit of the fleet repository, with `-dirty` where the working tree differs; `unversioned` outside Git. */
  readonly revision: string
  readonly components: readonly DesiredComponent[]
  readonly deletionGuard: DeletionGuard
  /** Those of the fleet that speak of this cluster, in the order of their names; none by default. */
  readonly alertPolicies?: readonly ResolvedAlertPolicy[]
}
