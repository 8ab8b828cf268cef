import { FIELD_MANAGER, findOwnEntry } from '../inventory/fingerprint.ts'
import type { JsonPatchOperation } from '../kube/client.ts'
import { mergeFieldSets } from '../kube/managed-fields.ts'
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../kube/object.ts'
import { TOOL_MANAGERS, TRACKING_METADATA } from '../plan/ownership.ts'

/**
 * The JSON Patch that makes us the manager of what other tools managed of an object, as kubectl's upgrade from
 * client-side apply does: the next apply then removes whatever of it Git does not state. Tracking metadata of the tools
 * goes at once: left there, the tool would claim the object again. Undefined where there is nothing to take over. Pure.
 */
export const computeTakeOver = (
  live: KubeObject,
  options: { readonly apiVersion: string; readonly now: Date },
): readonly JsonPatchOperation[] | undefined => {
  const entries = live.metadata.managedFields ?? []
  const taken = entries.filter(isToolEntry)
  const metadata = removeTracking(live)
  if (taken.length === 0 && metadata.length === 0) return undefined
  const operations: JsonPatchOperation[] = [
    { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    ...metadata,
  ]
  if (taken.length > 0) {
    // Fields are named by the version they were written through; those of another version than ours stay nobody's and
    // are found by comparing with a dry run.
    const merged = [findOwnEntry(live), ...taken]
      .filter((entry) => entry?.apiVersion === options.apiVersion)
      .reduce<JsonObject>((fields, entry) => mergeFieldSets(fields, entry?.fieldsV1 ?? {}), {})
    const own: ManagedFieldsEntry = {
      manager: FIELD_MANAGER,
      operation: 'Apply',
      apiVersion: options.apiVersion,
      time: options.now.toISOString().replace(/\.\d+Z$/, 'Z'),
      fieldsType: 'FieldsV1',
      fieldsV1: merged,
    }
    const rest = entries.filter((entry) => !taken.includes(entry) && entry !== findOwnEntry(live))
    operations.push({ op: 'replace', path: '/metadata/managedFields', value: [...rest, own] })
  }
  return operations
}

const isToolEntry = ({ manager, subresource }: ManagedFieldsEntry): boolean =>
  !subresource && manager !== undefined && TOOL_MANAGERS.some((tool) => manager.startsWith(tool))

const removeTracking = ({ metadata }: KubeObject): JsonPatchOperation[] =>
  (['labels', 'annotations'] as const).flatMap((place) =>
    Object.values(TRACKING_METADATA)
      .flatMap((tracking) => tracking[place])
      .filter((name) => metadata[place]?.[name] !== undefined)
      .map((name) => ({
        op: 'remove' as const,
        path: `/metadata/${place}/${name.replace(/~/g, '~0').replace(/\//g, '~1')}`,
      })),
  )
