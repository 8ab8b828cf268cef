import { isDeepStrictEqual } from 'node:util'
import { isLockstepError } from '../base/errors.ts'
import { isSealed, toComparable } from '../inventory/fingerprint.ts'
import type { CallOptions, KubeClient, ObjectAddress } from '../kube/client.ts'
import { formatFieldPath } from '../kube/field-path.ts'
import { collectListKeys } from '../kube/managed-fields.ts'
import type { Json, JsonObject, KubeObject, Manifest } from '../kube/object.ts'
import { parseQuantity } from '../kube/quantity.ts'
import { diffTrees, type TreeDifference } from '../kube/tree-diff.ts'

/**
 * What an existing object would be if nobody but Git had ever written it: a dry-run replacement by the manifest, which
 * keeps what the server itself allocated, and where the live object has more than that, what a dry-run creation under
 * another name gives as well: some admission only acts then. Undefined where the server refuses even the replacement
 * (fields that only a creation may set: claims, Jobs).
 */
export const readBaseline = async (
  client: KubeClient,
  address: ObjectAddress,
  manifest: Manifest,
  live: KubeObject,
  options: BaselineOptions,
): Promise<JsonObject | undefined> => {
  const replaced = await replaceDry(client, address, manifest, live.metadata.resourceVersion, options)
  if (!replaced) return undefined
  const [baseline, actual] = [toComparable(replaced), toComparable(live)]
  const lists = collectListKeys(live.metadata.managedFields ?? [])
  if (!diffTrees(baseline, actual, { lists }).some(({ change }) => change === 'added')) return baseline
  const created = await createDry(client, address, manifest, options)
  return created ? (addCreated(baseline, toComparable(created), actual) as JsonObject) : baseline
}

type BaselineOptions = CallOptions & { readonly fieldManager: string }

const replaceDry = async (
  client: KubeClient,
  address: ObjectAddress,
  manifest: Manifest,
  resourceVersion: string | undefined,
  options: BaselineOptions,
): Promise<KubeObject | undefined> => {
  // Some kinds (custom resources among them) are only replaced by who names the version that he means.
  const metadata = { ...manifest.metadata, ...(resourceVersion ? { resourceVersion } : {}) }
  try {
    return await client.update(address, { ...manifest, metadata }, { ...options, dryRun: true })
  } catch (error) {
    if (options.signal?.aborted || !isLockstepError(error)) throw error
    if (isLockstepError(error, 'KUBE_CONFLICT')) {
      const current = (await client.getMetadata(address, options))?.metadata.resourceVersion
      if (current !== resourceVersion) return replaceDry(client, address, manifest, current, options)
    }
    if (error.retry === 'terminal') return undefined
    throw error
  }
}

const createDry = async (
  client: KubeClient,
  { name: _, ...address }: ObjectAddress,
  manifest: Manifest,
  options: BaselineOptions,
): Promise<KubeObject | undefined> => {
  const metadata = { ...manifest.metadata, name: 'lockstep-dry-run' }
  try {
    return await client.create(address, { ...manifest, metadata }, { ...options, dryRun: true })
  } catch (error) {
    if (options.signal?.aborted || !isLockstepError(error)) throw error
    return undefined
  }
}

/** The baseline with what the live object has beyond it, as far as a creation brings exactly that. */
const addCreated = (baseline: Json, created: Json | undefined, live: Json): Json => {
  if (isEqual(created, live)) return live
  if (!isMap(baseline) || !isMap(created) || !isMap(live)) return baseline
  const more = Object.entries(live).flatMap(([key, value]): [string, Json][] => {
    const known = baseline[key]
    if (known !== undefined) return [[key, addCreated(known, created[key], value as Json)]]
    return isEqual(created[key], value) ? [[key, value as Json]] : []
  })
  return { ...baseline, ...Object.fromEntries(more) }
}

/**
 * What is expected of an object, with what admission wrote at our own write: fields that the write did not send and that
 * it changed all the same. A webhook that writes another value at every write would else be fought for ever. Pure.
 */
export const admitOwnWrite = (expected: Json, sent: Json | undefined, before: Json, after: Json): Json => {
  if (!isMap(expected) || isSealed(expected) || !isMap(before) || !isMap(after)) return expected
  const admitted = Object.entries(after).flatMap(([key, value]): [string, Json][] => {
    const [was, is] = [before[key], value as Json]
    if (isEqual(was, is)) return []
    const [known, ours] = [expected[key], isMap(sent) ? sent[key] : undefined]
    if (isMap(known) && isMap(was) && isMap(is)) return [[key, admitOwnWrite(known, ours, was, is)]]
    return ours === undefined ? [[key, is]] : []
  })
  return { ...expected, ...Object.fromEntries(admitted) }
}

/**
 * A replacement keeps the addresses that a Service has, whoever made it so that it has them (none, for one): what was
 * recorded of them stands. Pure.
 */
export const keepAllocated = (baseline: JsonObject, recorded: JsonObject | undefined): JsonObject => {
  const [spec, known] = [baseline.spec, recorded?.spec]
  if (!isMap(spec) || !isMap(known)) return baseline
  const allocated = ['clusterIP', 'clusterIPs'].filter((name) => spec[name] !== undefined && known[name] !== undefined)
  return { ...baseline, spec: { ...spec, ...Object.fromEntries(allocated.map((name) => [name, known[name] as Json])) } }
}

const isMap = (node: unknown): node is JsonObject => node !== null && typeof node === 'object' && !Array.isArray(node)
const isEqual = (left: Json | undefined, right: Json | undefined): boolean => isDeepStrictEqual(left, right)

/**
 * Leaves of the manifest that the server changed or dropped, from its answer to our apply. Another spelling of the same
 * value (quantities, and empty values that are not stored) is not told.
 */
export const findAdmitted = (manifest: Manifest, response: KubeObject): string[] =>
  listUnmet(manifest, response).map(({ path }) => formatFieldPath(path))

/** Where a live object is not what the manifest says. */
export const listUnmet = (manifest: Manifest, live: KubeObject): TreeDifference[] => {
  const lists = collectListKeys(live.metadata.managedFields ?? [])
  return diffTrees(toComparable(manifest), toComparable(live), { lists }).filter(
    (difference) => difference.change !== 'added' && !isSameValue(difference.expected, difference.live),
  )
}

const isSameValue = (expected: unknown, live: unknown): boolean => {
  if (live === undefined) return isEmpty(expected)
  if (Array.isArray(expected) && Array.isArray(live)) return false
  // Two spellings of one amount.
  const [left, right] = [parseQuantity(expected), parseQuantity(live)]
  return left !== undefined && left.toPrecision(12) === right?.toPrecision(12)
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && value !== null && Object.values(value).every(isEmpty))
