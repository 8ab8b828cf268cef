/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json | undefined }

/** Which object, without a version: the same Deployment whatever version it is read through. Cluster-scoped: no namespace. */
export type ObjectRef = {
  readonly group: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** One entry of `metadata.managedFields`. */
export type ManagedFieldsEntry = {
  readonly manager?: string
  readonly operation?: string
  readonly apiVersion?: string
  readonly time?: string
  readonly fieldsType?: string
  readonly fieldsV1?: JsonObject
  readonly subresource?: string
}

/** An owner reference. */
export type OwnerReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** Object metadata as far as the product reads it. */
export type ObjectMeta = {
  readonly name: string
  readonly namespace?: string
  readonly generateName?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
  readonly managedFields?: readonly ManagedFieldsEntry[]
}

/** A Kubernetes object, desired or live, with every field it came with. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** One desired document. */
export type Manifest = KubeObject

/** What a metadata-only read gives (`PartialObjectMetadata`), with the kind it was asked for. */
export type ObjectMetadata = { readonly apiVersion: string; readonly kind: string; readonly metadata: ObjectMeta }

/** The group of an apiVersion: `apps/v1` → `apps`, `v1` → ``. */
export const toGroup = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : ''

/** The version of an apiVersion: `apps/v1` → `v1`. */
export const toVersion = (apiVersion: string): string => apiVersion.split('/').at(-1) as string

/** The ref of an object. */
export const toRef = (object: ObjectMetadata): ObjectRef => ({
  group: toGroup(object.apiVersion),
  kind: object.kind,
  ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
  name: object.metadata.name,
})

/** A key that is equal for equal refs, for maps: `apps/Deployment/shop/web`. */
export const toRefKey = (ref: ObjectRef): string => `${ref.group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`

/** The inverse of {@link toRefKey}; names hold no slash in Kubernetes, except in some RBAC names, which keep theirs. */
export const parseRefKey = (key: string): ObjectRef => {
  const [group = '', kind = '', namespace = '', ...name] = key.split('/')
  return { group, kind, ...(namespace ? { namespace } : {}), name: name.join('/') }
}

/** How an object is named to people: `Deployment/shop/web`, `ClusterRole/view`. */
export const formatRef = (ref: ObjectRef): string =>
  ref.namespace ? `${ref.kind}/${ref.namespace}/${ref.name}` : `${ref.kind}/${ref.name}`

/** `apps/Deployment`, or `ConfigMap` for the core group: the key of a kind. */
export const toGroupKind = (ref: { readonly group: string; readonly kind: string }): string =>
  ref.group ? `${ref.group}/${ref.kind}` : ref.kind
