import { digestJson, measureCanonical } from '../kube/canonical.ts'
import { hashEntry, isApplyEntry } from '../kube/managed-fields.ts'
import type { Json, JsonObject, KubeObject, ManagedFieldsEntry, Manifest, ObjectMetadata } from '../kube/object.ts'

/** The field manager of everything that Git states. */
export const FIELD_MANAGER = 'lockstep'

/** How large the recorded copy of one object may be; above it, its largest parts are kept as digests. */
const SEEN_BUDGET = 12 * 1024
const LONG_TEXT = 160

/**
 * What we remember of an object after our apply or last verification. With the metadata of the live object it decides
 * whether anything was touched; with the live object, what.
 */
export type Fingerprint = {
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  /** Of the manifest as we applied it; keyed for Secrets. */
  readonly digest: string
  /** Of our managed-fields entry; absent where the server keeps none. */
  readonly entry?: string
  /**
   * The object as the server gave it back, without status and volatile metadata. Long parts are `{$digest}`, values of
   * Secrets `{$hmac}`.
   */
  readonly seen: JsonObject
  /** Leaves of the manifest that the server changed or dropped while admitting it, in the field grammar. */
  readonly admitted?: readonly string[]
  readonly revision: string
}

/** A digest of a manifest; keyed for Secrets, whose values could be guessed from a plain one. */
export const digestManifest = (manifest: Manifest, key: Buffer | undefined): string =>
  digestJson(manifest, isSecret(manifest) ? key : undefined)

/** Is this a core Secret, whose values must never leave memory? */
export const isSecret = (object: { readonly apiVersion: string; readonly kind: string }): boolean =>
  object.apiVersion === 'v1' && object.kind === 'Secret'

/** Our managed-fields entry of a live object. */
export const findOwnEntry = (object: ObjectMetadata): ManagedFieldsEntry | undefined =>
  object.metadata.managedFields?.find((entry) => isApplyEntry(entry, FIELD_MANAGER))

/** The part of an object that drift compares: without status, identity and metadata that the server itself keeps. */
export const toComparable = (object: KubeObject): JsonObject => {
  const { apiVersion: _a, kind: _k, status: _s, metadata, ...content } = object
  const kept: Record<string, Json> = {}
  if (hasMembers(metadata.labels)) kept.labels = metadata.labels as JsonObject
  if (hasMembers(metadata.annotations)) kept.annotations = metadata.annotations as JsonObject
  if (metadata.finalizers?.length) kept.finalizers = metadata.finalizers
  if (metadata.ownerReferences?.length) kept.ownerReferences = metadata.ownerReferences as unknown as Json
  return { metadata: kept, ...(content as Record<string, Json>) }
}

const hasMembers = (map: object | undefined): boolean => map !== undefined && Object.keys(map).length > 0

/** What a fingerprint is made of. `object` must be trusted: what the server made of our manifest and of nothing else. */
export type FingerprintInput = {
  readonly object: KubeObject
  /** {@link digestManifest} of what was applied. */
  readonly digest: string
  readonly revision: string
  readonly key: Buffer | undefined
  /** Where it differs from `object`: the comparable content that counts as untouched, from a dry run. */
  readonly baseline?: JsonObject
  /** What an earlier fingerprint recorded and still counts, where no dry run can tell. */
  readonly recorded?: JsonObject
  readonly admitted?: readonly string[]
}

/** Records an object. Pure. */
export const computeFingerprint = ({
  object,
  digest,
  revision,
  key,
  baseline,
  recorded,
  admitted,
}: FingerprintInput): Fingerprint => {
  const entry = findOwnEntry(object)
  const content = baseline ?? toComparable(object)
  return {
    uid: object.metadata.uid ?? '',
    resourceVersion: object.metadata.resourceVersion ?? '',
    ...(object.metadata.generation === undefined ? {} : { generation: object.metadata.generation }),
    digest,
    ...(entry ? { entry: hashEntry(entry) } : {}),
    seen: recorded ?? (isSecret(object) ? sealSecret(content, key) : sealLarge(content)),
    ...(admitted?.length ? { admitted } : {}),
    revision,
  }
}

const sealSecret = (content: JsonObject, key: Buffer | undefined): JsonObject => {
  const { data, ...rest } = content
  if (data === undefined || data === null) return content
  const sealed: Record<string, Json> = {}
  for (const [name, value] of Object.entries(data as JsonObject)) sealed[name] = { $hmac: digestJson(value, key) }
  return { ...rest, data: sealed }
}

/** Metadata is kept whole, whatever its size: metadata alone must tell what was touched. */
const sealLarge = ({ metadata, ...content }: JsonObject): JsonObject => ({
  metadata,
  ...(sealNode(content, SEEN_BUDGET, new WeakMap()) as JsonObject),
})

/** Keeps the small parts and replaces the large ones by digests until the node is about as small as its budget. */
const sealNode = (node: Json, budget: number, sizes: WeakMap<object, number>): Json => {
  if (node === null || typeof node !== 'object') {
    return typeof node === 'string' && node.length > LONG_TEXT ? { $digest: digestJson(node) } : node
  }
  const size = measureCanonical(node, sizes)
  if (size <= budget && size <= LONG_TEXT) return node
  if (budget < 48) return { $digest: digestJson(node) }
  const children = Array.isArray(node)
    ? node.map((item, index) => [index, item as Json] as const)
    : Object.entries(node as JsonObject).map(([name, item]) => [name, item as Json] as const)
  const bySize = children
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => ({ name, item, size: measureCanonical(item, sizes) }))
    .sort((left, right) => left.size - right.size)
  let rest = budget
  const sealed = new Map<string | number, Json>()
  bySize.forEach(({ name, item }, at) => {
    const result = sealNode(item, Math.floor(rest / (bySize.length - at)), sizes)
    rest = Math.max(0, rest - measureCanonical(result, sizes))
    sealed.set(name, result)
  })
  return Array.isArray(node)
    ? node.map((_, index) => sealed.get(index) ?? null)
    : Object.fromEntries(children.map(([name]) => [name, sealed.get(name) ?? null]))
}

/** Does a recorded `{$digest}` or `{$hmac}` stand for this live value? Undefined where the node is a plain value. */
export const matchSealed = (node: Json, live: Json, key: Buffer | undefined): boolean | undefined => {
  if (!isSealed(node)) return undefined
  const { $digest, $hmac } = node as { $digest?: string; $hmac?: string }
  return $digest === undefined ? $hmac === digestJson(live, key) : $digest === digestJson(live)
}

/** Is this recorded node a digest of a value instead of the value? */
export const isSealed = (node: unknown): boolean =>
  node !== null && typeof node === 'object' && !Array.isArray(node) && ('$digest' in node || '$hmac' in node)
