import { type Fingerprint, isSealed, matchSealed, toComparable } from '../inventory/fingerprint.ts'
import { coversPath, type FieldPath, formatFieldPath, getAtPath, parseFieldPath } from '../kube/field-path.ts'
import { collectListKeys, type ListKeys } from '../kube/managed-fields.ts'
import type { Json, JsonObject, Manifest } from '../kube/object.ts'
import { diffTrees, type TreeDifference } from '../kube/tree-diff.ts'
import { type CoOwnerContext, findCoOwner } from './co-owners.ts'

/** A difference of a live object from what was recorded, that nobody is entitled to. */
export type Difference = TreeDifference & {
  /** `modified`: a field that Git states; `added`: one that it does not. */
  readonly drift: 'modified' | 'added'
  /** What Git says, where Git states the field. */
  readonly git?: Json
}

/** What {@link compareObject} compares. */
export type CompareInput = Omit<CoOwnerContext, 'seen'> & {
  readonly fingerprint: Pick<Fingerprint, 'seen'>
  readonly lists: ListKeys
  /** The cluster's key for digests of Secrets. */
  readonly key: Buffer | undefined
  /** Compare metadata only, where metadata is all that was read. */
  readonly metadataOnly?: boolean
}

const METADATA_LISTS: ListKeys = { '/metadata/finalizers': [], '/metadata/ownerReferences': ['uid'] }

/** Every difference that is drift, in the order of the fields. Empty: in sync. Pure. */
export const compareObject = (input: CompareInput): Difference[] => {
  const { fingerprint, live, key, manifest } = input
  const { seen } = fingerprint
  const comparable = toComparable(live)
  const lists = { ...collectListKeys(live.metadata.managedFields ?? []), ...input.lists, ...METADATA_LISTS }
  const [expected, actual] = input.metadataOnly ? [pickMetadata(seen), pickMetadata(comparable)] : [seen, comparable]
  const context: CoOwnerContext = { ...input, seen }
  return diffTrees(expected, actual, { lists, matchOpaque: (node, value) => matchSealed(node, value, key) })
    .flatMap((difference) => splitMetadata(difference, lists))
    .flatMap((difference) => splitShared(difference, lists, context))
    .filter(({ path }) => findCoOwner(path, context) === undefined)
    .map((difference) => classify(difference, manifest, seen))
}

const pickMetadata = (object: JsonObject): JsonObject => ({ metadata: object.metadata })

/**
 * Maps that came or went as a whole (the first label, the first finalizer) are told item by item, so that rules on
 * single labels, annotations and finalizers hold.
 */
const splitMetadata = (difference: TreeDifference, lists: ListKeys): TreeDifference[] => {
  const [first] = difference.path
  const isMetadata = first?.type === 'key' && first.key === 'metadata' && difference.path.length === 2
  return isMetadata ? split(difference, lists) : [difference]
}

/** What came or went as a whole and is in part somebody else's is told part by part. */
const splitShared = (difference: TreeDifference, lists: ListKeys, context: CoOwnerContext): TreeDifference[] => {
  // An item of a list comes and goes whole: without some of its fields it would not be valid.
  if (difference.path.at(-1)?.type !== 'key' || findCoOwner(difference.path, context) !== undefined) return [difference]
  const parts = split(difference, lists)
  return parts.some(({ path }) => findCoOwner(path, context) !== undefined) ? parts : [difference]
}

const split = (difference: TreeDifference, lists: ListKeys): TreeDifference[] => {
  const { path, change } = difference
  if (change !== 'added' && change !== 'removed') return [difference]
  const whole = change === 'added' ? difference.live : difference.expected
  if (whole === null || typeof whole !== 'object' || isSealed(whole)) return [difference]
  const [expected, live] = change === 'added' ? [emptyLike(whole), whole] : [whole, emptyLike(whole)]
  return diffTrees(expected, live, { lists: rebase(lists, formatFieldPath(path)) }).map((below) => ({
    ...below,
    path: [...path, ...below.path],
  }))
}

const emptyLike = (value: Json | undefined): Json => (Array.isArray(value) ? [] : {})
const rebase = (lists: ListKeys, prefix: string): ListKeys =>
  Object.fromEntries(
    Object.entries(lists)
      .filter(([pattern]) => pattern.startsWith(prefix))
      .map(([pattern, keys]) => [pattern.slice(prefix.length), keys]),
  )

const classify = (difference: TreeDifference, manifest: Manifest | undefined, seen: JsonObject): Difference => {
  // An inserted item has no name: what Git states at its index is another item.
  if (difference.change === 'added' && difference.path.at(-1)?.type === 'index')
    return { ...difference, drift: 'added' }
  const stated = manifest ? getAtPath(manifest, difference.path) : getAtPath(seen, difference.path)
  if (stated !== undefined) return { ...difference, drift: 'modified', git: stated as Json }
  // A field that the server or its admission had filled in and that is gone or changed: Git does not state it, and yet
  // it is not as it was after our apply.
  return { ...difference, drift: difference.change === 'removed' ? 'modified' : 'added' }
}

/** Does a difference lie in a part that was recorded as a digest, so that only a dry run can tell where exactly it is? */
export const isOpaqueDifference = (difference: Difference): boolean => isSealed(difference.expected)

/** Fields that are told but never changed on our own: others depend on them, or the server would refuse. */
const REPORT_ONLY = [
  '/metadata/finalizers',
  '/metadata/ownerReferences',
  '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt',
  '/spec/clusterIP',
  '/spec/clusterIPs',
  '/spec/volumeName',
  '/spec/claimRef',
  '/spec/ephemeralContainers',
].map(parseFieldPath)

/** Is this difference only reported, whatever the policy? */
export const isReportOnly = (path: FieldPath): boolean => REPORT_ONLY.some((pattern) => coversPath(pattern, path))
