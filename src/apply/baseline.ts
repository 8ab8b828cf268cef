import { isLockstepError } from '../base/errors.ts'
import { toComparable } from '../inventory/fingerprint.ts'
import type { CallOptions, KubeClient, ObjectAddress } from '../kube/client.ts'
import { formatFieldPath } from '../kube/field-path.ts'
import { collectListKeys } from '../kube/managed-fields.ts'
import type { JsonObject, KubeObject, Manifest } from '../kube/object.ts'
import { diffTrees, type TreeDifference } from '../kube/tree-diff.ts'

/**
 * What an existing object would be if nobody but Git had ever written it: a dry-run replacement by the manifest, which
 * keeps what the server itself allocated. Undefined where the server refuses even that (fields that only a creation may
 * set: claims, Jobs).
 */
export const readBaseline = async (
  client: KubeClient,
  address: ObjectAddress,
  manifest: Manifest,
  resourceVersion: string | undefined,
  options: CallOptions & { readonly fieldManager: string },
): Promise<JsonObject | undefined> => {
  // Some kinds (custom resources among them) are only replaced by who names the version that he means.
  const metadata = { ...manifest.metadata, ...(resourceVersion ? { resourceVersion } : {}) }
  try {
    return toComparable(await client.update(address, { ...manifest, metadata }, { ...options, dryRun: true }))
  } catch (error) {
    if (options.signal?.aborted || !isLockstepError(error)) throw error
    if (isLockstepError(error, 'KUBE_CONFLICT')) {
      const live = await client.getMetadata(address, options)
      const current = live?.metadata.resourceVersion
      if (current !== resourceVersion) return readBaseline(client, address, manifest, current, options)
    }
    if (error.retry === 'terminal') return undefined
    throw error
  }
}

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
  const [left, right] = [parseQuantity(expected), parseQuantity(live)]
  return left !== undefined && left === right
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && value !== null && Object.values(value).every(isEmpty))

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A quantity as a number, exact enough to tell whether two spellings mean one amount. */
const parseQuantity = (value: unknown): number | undefined => {
  const match = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(n|u|m|k|Ki|Mi|Gi|Ti|Pi|Ei|M|G|T|P|E)?$/.exec(String(value))
  return match ? Number((Number(match[1]) * (SUFFIXES[match[2] ?? ''] as number)).toPrecision(12)) : undefined
}
