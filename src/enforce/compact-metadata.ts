import type { Pool } from '../base/pool.ts'
import { FIELD_MANAGER } from '../inventory/fingerprint.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import { isApplyEntry } from '../kube/managed-fields.ts'
import type { ManagedFieldsEntry, ObjectMetadata } from '../kube/object.ts'

/**
 * The metadata of an object to be kept for long. Of one that is as its entry records it, managed fields say nothing that is
 * not known: only that we applied it stays, without its fields, so that they never pass for the ones that were recorded.
 */
export const compactMetadata = (
  object: ObjectMetadata,
  entry: InventoryEntry | undefined,
  pool: Pool,
): ObjectMetadata => {
  const { metadata } = object
  const { name, namespace, uid, resourceVersion, generation, labels, annotations, finalizers, ownerReferences } =
    metadata
  const shared = {
    ...(labels ? { labels: pool.share(labels) } : {}),
    ...(annotations ? { annotations: pool.share(annotations) } : {}),
  }
  const apiVersion = pool.text(object.apiVersion)
  const { fingerprint } = entry ?? {}
  if (!entry || !fingerprint || fingerprint.resourceVersion !== resourceVersion || fingerprint.uid !== uid)
    return { ...object, apiVersion, metadata: { ...metadata, ...shared, ...shareFields(metadata.managedFields, pool) } }
  return {
    apiVersion,
    kind: entry.ref.kind,
    metadata: {
      name: name === entry.ref.name ? entry.ref.name : name,
      ...(namespace === undefined ? {} : { namespace: entry.ref.namespace ?? namespace }),
      uid: fingerprint.uid,
      resourceVersion: fingerprint.resourceVersion,
      ...(generation === undefined ? {} : { generation }),
      ...shared,
      ...(finalizers ? { finalizers } : {}),
      ...(ownerReferences ? { ownerReferences } : {}),
      ...(metadata.deletionTimestamp ? { deletionTimestamp: metadata.deletionTimestamp } : {}),
      ...(metadata.managedFields ? { managedFields: stubFields(metadata.managedFields, pool) } : {}),
    },
  }
}

/** Does it still carry what {@link compactMetadata} would leave out of an object that is as it was recorded? */
export const isWordy = ({ metadata }: ObjectMetadata): boolean =>
  metadata.managedFields?.some(({ fieldsV1 }) => fieldsV1 !== undefined) === true

const shareFields = (
  managedFields: readonly ManagedFieldsEntry[] | undefined,
  pool: Pool,
): { readonly managedFields?: readonly ManagedFieldsEntry[] } =>
  managedFields
    ? {
        managedFields: managedFields.map((entry) =>
          entry.fieldsV1 ? { ...entry, fieldsV1: pool.share(entry.fieldsV1) } : entry,
        ),
      }
    : {}

const stubFields = (managedFields: readonly ManagedFieldsEntry[], pool: Pool): readonly ManagedFieldsEntry[] =>
  pool.share(
    managedFields
      .filter((entry) => isApplyEntry(entry, FIELD_MANAGER))
      .map(({ manager, operation, apiVersion }) => ({
        ...(manager === undefined ? {} : { manager }),
        ...(operation === undefined ? {} : { operation }),
        ...(apiVersion === undefined ? {} : { apiVersion }),
      })),
  )
