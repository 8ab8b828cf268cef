import { FIELD_MANAGER } from '../inventory/fingerprint.ts'
import type { FieldPath } from '../kube/field-path.ts'
import { findOwners, isApplyEntry } from '../kube/managed-fields.ts'
import type { ManagedFieldsEntry, ObjectMetadata } from '../kube/object.ts'
import type { Writer } from './report.ts'

/** Who wrote a field last, and how that is known. */
export type Attribution = Writer & {
  readonly attributedBy: 'managedFields' | 'watch'
  readonly writers?: readonly Writer[]
}

/** Managed fields of an object as watch events told them while it was suspect, oldest first. */
export type Trace = readonly (readonly ManagedFieldsEntry[])[]

/**
 * Attributes a difference by field ownership: the newest owner of the path but us, else, for a field that was removed and
 * so belongs to nobody, the newest writer of the object but us. Whoever a later write merged away, or made disappear, is
 * told from the trace. Undefined where nobody but us is left.
 */
export const attributeChange = (live: ObjectMetadata, path: FieldPath, trace: Trace = []): Attribution | undefined => {
  const entries = live.metadata.managedFields ?? []
  const seen = trace.flatMap((told) => findOwners(listLater(told), path).toSorted(byTime))
  // Labels and annotations can come through the status subresource: whoever owns the field, by whatever way.
  const owner = newest(findOwners(listOthers(entries), path))
  const remover = owner ? undefined : findRemover(entries, path)
  const isOvertaken = owner === undefined && byTime(remover ?? {}, seen.at(-1) ?? {}) < 0
  const read = owner ?? (isOvertaken ? undefined : remover)
  const last = read ?? seen.at(-1) ?? trace.flatMap((told) => findRemover(listLater(told), path) ?? []).at(-1)
  if (!last) return undefined
  const writers = listDistinct([...seen, last].map(toWriter))
  return {
    ...toWriter(last),
    attributedBy: read ? 'managedFields' : 'watch',
    ...(writers.length > 1 ? { writers } : {}),
  }
}

const listOthers = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] =>
  entries.filter((entry) => !isApplyEntry(entry, FIELD_MANAGER))

/** Who wrote the object last, of a field that belongs to nobody; undefined where it is said to be ours, which is forged. */
const findRemover = (entries: readonly ManagedFieldsEntry[], path: FieldPath): ManagedFieldsEntry | undefined =>
  findOwners(entries, path).length > 0
    ? undefined
    : newest(listOthers(entries).filter(({ subresource }) => subresource !== 'status'))

/** Entries of others that are not older than our own: those are of before. */
const listLater = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] => {
  const own = entries.find((entry) => isApplyEntry(entry, FIELD_MANAGER))
  return entries.filter((entry) => entry !== own && (entry.time ?? '') >= (own?.time ?? ''))
}

/** Each once, at its last place. */
const listDistinct = (writers: readonly Writer[]): Writer[] => {
  const last = new Map<string, Writer>()
  for (const writer of writers) {
    const key = `${writer.operation} ${writer.manager}`
    last.delete(key)
    last.set(key, writer)
  }
  return [...last.values()]
}

const byTime = (left: ManagedFieldsEntry, right: ManagedFieldsEntry): number =>
  (left.time ?? '').localeCompare(right.time ?? '')

const newest = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry | undefined =>
  entries.toSorted((left, right) => (right.time ?? '').localeCompare(left.time ?? ''))[0]

const toWriter = (entry: ManagedFieldsEntry): Writer => ({
  manager: entry.manager === 'ancient-changes' ? 'unknown (merged)' : (entry.manager ?? 'unknown'),
  ...(entry.operation ? { operation: entry.operation } : {}),
  ...(entry.time ? { changedAt: entry.time } : {}),
})
