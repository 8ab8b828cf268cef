import { FIELD_MANAGER } from '../inventory/fingerprint.ts'
import type { FieldPath } from '../kube/field-path.ts'
import { findOwners, isApplyEntry } from '../kube/managed-fields.ts'
import type { ManagedFieldsEntry, ObjectMetadata } from '../kube/object.ts'

/** Who wrote a field last, as far as the object itself tells. */
export type Attribution = { readonly manager: string; readonly operation?: string; readonly changedAt?: string }

/**
 * Attributes a difference by field ownership: the newest owner of the path but us, else, for a field that was removed and
 * so belongs to nobody, the newest writer of the object but us. Undefined where nobody but us is left.
 */
export const attributeChange = (live: ObjectMetadata, path: FieldPath): Attribution | undefined => {
  const entries = live.metadata.managedFields ?? []
  const others = entries.filter((entry) => !isApplyEntry(entry, FIELD_MANAGER))
  // Labels and annotations can come through the status subresource: whoever owns the field, by whatever way.
  const owner = newest(findOwners(others, path))
  if (owner) return toAttribution(owner)
  const forged = newest(findOwners(entries, path))
  return forged ? undefined : toOptional(newest(others.filter(({ subresource }) => subresource !== 'status')))
}

const newest = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry | undefined =>
  entries.toSorted((left, right) => (right.time ?? '').localeCompare(left.time ?? ''))[0]

const toOptional = (entry: ManagedFieldsEntry | undefined): Attribution | undefined => entry && toAttribution(entry)

const toAttribution = (entry: ManagedFieldsEntry): Attribution => ({
  manager: entry.manager === 'ancient-changes' ? 'unknown (merged)' : (entry.manager ?? 'unknown'),
  ...(entry.operation ? { operation: entry.operation } : {}),
  ...(entry.time ? { changedAt: entry.time } : {}),
})
