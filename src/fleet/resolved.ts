import type { SourcePosition } from '../base/errors.ts'
import type { JsonObject } from '../kube/object.ts'
import type { ResolvedAlertPolicy } from './alert-policy.ts'
import type { ComponentPolicy, DeletionGuard, Selector } from './policy.ts'
import type { RbacGrantSpec } from './schema/rbac-grant.ts'
import type { RbacTemplateSpec } from './schema/rbac-template.ts'

/** A version of a Git repository: exactly one of these. */
export type GitRef =
  | { readonly branch: string }
  | { readonly tag: string }
  | { readonly commit: string }
  | { readonly semver: string }

/** Where credentials are found: an environment variable or a file that holds `user:password` or a token. */
export type CredentialsRef = { readonly env: string } | { readonly file: string }

/** A Git repository that sources refer to by name. */
export type GitRepository = {
  readonly type: 'git'
  readonly name: string
  readonly url: string
  /** The version where a source names none; absent: the remote's default branch. */
  readonly ref?: GitRef
  readonly credentials?: CredentialsRef
}

/** A Helm repository (`https://…`) or an OCI registry path (`oci://…`). */
export type HelmRepository = {
  readonly type: 'helm'
  readonly name: string
  readonly url: string
  readonly credentials?: CredentialsRef
}

/** A named repository of the fleet. */
export type ResolvedRepository = GitRepository | HelmRepository

/** A file or folder of the fleet repository. */
export type FleetPath = {
  /** Relative to the fleet's root, normalized: `templates/web/ingress`; the root itself is `.`. */
  readonly path: string
  /** Set where the template is pinned: it is read from this version of the fleet repository, not from the current one. */
  readonly ref?: GitRef
}

/** Where a component's manifests come from. */
export type ResolvedSource =
  | ({ readonly type: 'path' } & FleetPath)
  | { readonly type: 'chart'; readonly chart: string; readonly repository: HelmRepository; readonly version: string }
  | {
      readonly type: 'git'
      readonly repository: GitRepository
      /** Relative to that repository's root. */
      readonly path: string
      /** The source's own ref, else the repository's; absent: the remote's default branch. */
      readonly ref?: GitRef
    }
  | { readonly type: 'grant'; readonly grant: ResolvedGrant }

/** Who gets roles on one cluster: a grant and its template, all references replaced. */
export type ResolvedGrant = {
  readonly name: string
  readonly template: string
  /** Of the template, only those that the grant uses. */
  readonly roles: readonly ResolvedRole[]
  readonly bindings: readonly ResolvedBinding[]
  readonly unmanaged: 'report' | 'remove' | 'ignore'
}

/** A role of a template. */
export type ResolvedRole = RbacTemplateSpec['roles'][number]

/** One binding of a grant. */
export type ResolvedBinding = Omit<RbacGrantSpec['bindings'][number], 'namespaces'> & {
  readonly namespaces?: Selector
}

/** How charts are rendered. */
export type HelmOptions = {
  /** Absent: the component's name. */
  readonly releaseName?: string
  readonly values: JsonObject
  /** In order, before `values`; files of the fleet repository. */
  readonly valuesFiles: readonly FleetPath[]
}

/** An image as Kustomize's `images` transformer replaces it. */
export type KustomizeImage = {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
}

/** A patch as Kustomize's `patches` has it; `file` is of the fleet repository. */
export type KustomizePatch = {
  readonly patch?: string
  readonly file?: FleetPath
  readonly target?: JsonObject
}

/** What is added to a kustomization. */
export type KustomizeOptions = {
  readonly images: readonly KustomizeImage[]
  readonly patches: readonly KustomizePatch[]
}

/** What a Jsonnet program is given. */
export type JsonnetOptions = {
  /** Top-level arguments, any JSON. */
  readonly tlas: JsonObject
  /** External variables, any JSON. */
  readonly extVars: JsonObject
  /** Library folders of the fleet repository. */
  readonly libs: readonly FleetPath[]
}

/** What `${…}` can name: `${parameters.x}`, `${cluster.name}`, `${cluster.labels.region}`. */
export type Variables = {
  readonly parameters: JsonObject
  readonly cluster: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
}

/** A component of one cluster, all layers merged and all references replaced. */
export type ResolvedComponent = {
  /** Its identity on the cluster. */
  readonly name: string
  readonly source: ResolvedSource
  readonly policy: ComponentPolicy
  /** The default of namespaced objects. */
  readonly namespace?: string
  readonly dependsOn: readonly string[]
  readonly owner?: string
  /** `namespace/name` of the service account to impersonate. */
  readonly serviceAccount?: string
  readonly helm: HelmOptions
  readonly kustomize: KustomizeOptions
  readonly jsonnet: JsonnetOptions
  /** Are `${…}` in plain YAML and in Kustomize's output replaced by {@link variables}? */
  readonly substitute: boolean
  /** The arguments of the template or Placement that gave the source, defaults included, and the cluster. */
  readonly variables: Variables
  /** Where the component is declared, for messages. */
  readonly origin: SourcePosition
}

/** How a cluster comes to be and is reached. */
export type ResolvedProvider =
  | {
      readonly type: 'existing'
      readonly kubeconfig: {
        /** Absolute, `~/…`, or relative to the fleet's root; absent: as kubectl finds it. */
        readonly path?: string
        /** Absent: the current context. */
        readonly context?: string
      }
    }
  | {
      readonly type: 'clusterAPI'
      readonly managementCluster: string
      readonly class: string
      readonly namespace?: string
      readonly variables: JsonObject
    }
  | { readonly type: 'local' }
  | { readonly type: 'simulated' }
  | { readonly type: 'agent' }

/** A group of equal worker nodes. */
export type WorkerPool = {
  readonly name: string
  readonly replicas?: number
  readonly machine?: string
  readonly autoscale?: { readonly min: number; readonly max: number }
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
}

/** What a cluster is made of. */
export type ResolvedShape = {
  readonly kubernetesVersion?: string
  readonly controlPlane?: { readonly replicas?: number; readonly machine?: string }
  readonly workers?: readonly WorkerPool[]
  readonly network?: { readonly podCIDR?: string; readonly serviceCIDR?: string }
}

/** Everything the fleet says of one cluster; disabled components are left out. */
export type ResolvedCluster = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly provider: ResolvedProvider
  readonly shape: ResolvedShape
  readonly template?: { readonly name: string; readonly ref?: GitRef }
  /** Sorted by name. */
  readonly components: readonly ResolvedComponent[]
  readonly origin: SourcePosition
}

/** Engines that replace the bundled ones, by absolute path. */
export type EnginePaths = Readonly<Partial<Record<'helm' | 'kustomize', { readonly path: string }>>>

/** How a change goes out over the clusters. */
export type RolloutDefaults = {
  readonly first?: Selector
  /** A count or a percentage: `10`, `10%`. */
  readonly maxConcurrent?: number | string
}

/** Days of the week as people write them, the first as in `Date`. */
export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** A time in which nothing new goes out; drift is healed all the same. `clusters` absent: everywhere. */
export type FreezeWindow = {
  readonly reason: string
  readonly clusters?: Selector
  /** ISO 8601 with an offset. */
  readonly from?: string
  readonly until?: string
  readonly weekly?: {
    readonly days: readonly (typeof WEEKDAYS)[number][]
    /** `HH:MM`; from midnight to midnight by default. An end before the beginning is on the next day. */
    readonly from?: string
    readonly until?: string
    /** As in the IANA database; UTC by default. */
    readonly timeZone?: string
  }
}

/** The fleet with every cluster resolved. */
export type ResolvedFleet = {
  readonly name: string
  readonly clusters: readonly ResolvedCluster[]
  readonly deletionGuard: DeletionGuard
  readonly rollout: RolloutDefaults
  readonly freeze: readonly FreezeWindow[]
  readonly engines: EnginePaths
  /** In the order of their names. */
  readonly alertPolicies: readonly ResolvedAlertPolicy[]
}
