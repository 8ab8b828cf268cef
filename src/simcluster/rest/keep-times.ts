import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, ManagedFieldsEntry } from '../../kube/object.ts'

/** The new object, with the times of the old one's managed fields where it changes nothing but these. */
export const keepTimesOfUnchanged = (next: KubeObject, live: KubeObject): KubeObject => {
  const { managedFields: nextFields, ...nextMetadata } = next.metadata
  const { managedFields: liveFields, ...liveMetadata } = live.metadata
  if (!nextFields || !liveFields || nextFields.length !== liveFields.length) return next
  if (!isDeepStrictEqual(nextFields.map(withoutTime), liveFields.map(withoutTime))) return next
  if (isDeepStrictEqual(nextFields, liveFields)) return next
  const isSame =
    isDeepStrictEqual(nextMetadata, liveMetadata) &&
    isDeepStrictEqual({ ...next, metadata: undefined }, { ...live, metadata: undefined })
  return isSame ? { ...next, metadata: { ...next.metadata, managedFields: liveFields } } : next
}

const withoutTime = ({ time: _time, ...entry }: ManagedFieldsEntry): ManagedFieldsEntry => entry
