import type { KubeObject, ObjectMetadata } from './object.ts'

/** One resource the server serves, as discovery tells it. */
export type Resource = {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The plural in the URL. */
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly subresources?: readonly string[]
}

/** What the server serves. */
export type Discovery = {
  /** Preferred version of a kind; or the one asked for. Undefined: not served. */
  readonly find: (group: string, kind: string, version?: string) => Resource | undefined
  /** One entry a kind, at its preferred version. */
  readonly resources: readonly Resource[]
  /** `group/version` of APIs whose backend did not answer (aggregated APIs that are down), so their kinds are unknown. */
  readonly stale: readonly string[]
  /** All served `apiVersion`s and `apiVersion/Kind`s, as Helm's capabilities want them. */
  readonly apiVersions: readonly string[]
  readonly serverVersion: string
}

/** Options of every call. */
export type CallOptions = { readonly signal?: AbortSignal }
/** Which object: its resource, namespace and name. */
export type ObjectAddress = {
  readonly resource: Resource
  readonly namespace?: string
  readonly name: string
  readonly subresource?: string
}
/** What to list: a resource in one or all namespaces, narrowed by selectors. */
export type ListAddress = {
  readonly resource: Resource
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
}
/** A list, all its pages joined. */
export type List<Item> = { readonly items: readonly Item[]; readonly resourceVersion: string }
/** How to write. */
export type WriteOptions = CallOptions & { readonly dryRun?: boolean; readonly fieldManager?: string }
/** What a write gave: the object as the server now sees it, and whether it was created by this request. */
export type WriteResult = {
  readonly object: KubeObject
  readonly created: boolean
  readonly warnings: readonly string[]
}
/** A JSON Patch operation (RFC 6902). */
export type JsonPatchOperation = {
  readonly op: 'add' | 'remove' | 'replace' | 'test'
  readonly path: string
  readonly value?: unknown
}
/** One watch event; `relist` says that the watch lost its place and everything must be listed again (410). */
export type WatchEvent<Item> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Item }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'RELIST' }

/** Who is impersonated. */
export type Impersonation = { readonly user: string; readonly groups?: readonly string[]; readonly uid?: string }

/**
 * A Kubernetes API server, as the product uses it. Errors are LockstepErrors of `src/kube/errors.ts`, made from the
 * server's `Status`; calls retry what the server says may be retried (429 and 503 with Retry-After, connection resets of reads).
 */
export type KubeClient = AsyncDisposable & {
  /** The server's URL. */
  readonly server: string
  /** Requests sent so far. */
  readonly requestCount: () => number
  readonly discover: (options?: CallOptions & { readonly refresh?: boolean }) => Promise<Discovery>
  /** Undefined where there is none (404). */
  readonly get: (address: ObjectAddress, options?: CallOptions) => Promise<KubeObject | undefined>
  readonly getMetadata: (address: ObjectAddress, options?: CallOptions) => Promise<ObjectMetadata | undefined>
  readonly list: (address: ListAddress, options?: CallOptions) => Promise<List<KubeObject>>
  readonly listMetadata: (address: ListAddress, options?: CallOptions) => Promise<List<ObjectMetadata>>
  readonly watchMetadata: (
    address: ListAddress & { readonly resourceVersion: string },
    options: CallOptions,
  ) => AsyncIterable<WatchEvent<ObjectMetadata>>
  /** Server-side apply. `metadata.resourceVersion` in the object makes it conditional. */
  readonly apply: (
    address: ObjectAddress,
    object: KubeObject,
    options: WriteOptions & { readonly fieldManager: string; readonly force?: boolean },
  ) => Promise<WriteResult>
  readonly patchJson: (
    address: ObjectAddress,
    operations: readonly JsonPatchOperation[],
    options?: WriteOptions,
  ) => Promise<KubeObject>
  readonly patchMerge: (address: ObjectAddress, patch: unknown, options?: WriteOptions) => Promise<KubeObject>
  readonly create: (
    address: Omit<ObjectAddress, 'name'>,
    object: KubeObject,
    options?: WriteOptions,
  ) => Promise<KubeObject>
  readonly update: (address: ObjectAddress, object: KubeObject, options?: WriteOptions) => Promise<KubeObject>
  /** Undefined where it was gone already. */
  readonly delete: (
    address: ObjectAddress,
    options?: WriteOptions & {
      readonly uid?: string
      readonly resourceVersion?: string
      readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
    },
  ) => Promise<KubeObject | undefined>
  /** The same server as somebody else. Shares connections and discovery. */
  readonly impersonate: (who: Impersonation) => KubeClient
}
