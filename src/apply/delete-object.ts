import { isLockstepError, toError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { toAddress, toListedRef } from '../drift/observe.ts'
import { PART_OF_LABEL } from '../inventory/apply-set.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import type { ObjectMetadata } from '../kube/object.ts'
import { formatRef, toGroupKind } from '../kube/object.ts'
import type { PlannedObject } from '../plan/plan.ts'
import { toOutcome } from './apply-object.ts'
import type { AppliedObject } from './change-set.ts'
import { createNamespaceBusy } from './errors.ts'

/** What deleting needs of the world. */
export type DeleteContext = {
  readonly client: KubeClient
  readonly discovery: Discovery
  readonly signal?: AbortSignal
}

/**
 * Deletes one object of ours: the one with the recorded uid and no other. Gone already, or replaced by another object of
 * that name: only forgotten. A namespace that holds objects of others stays.
 */
export const deleteObject = async (planned: PlannedObject, context: DeleteContext): Promise<AppliedObject> => {
  const { client, signal } = context
  const options = signal ? { signal } : {}
  const uid = planned.entry?.uid ?? planned.live?.metadata.uid
  try {
    if (!planned.resource || !planned.live || uid === undefined || planned.live.metadata.uid !== uid)
      return forget(planned)
    if (toGroupKind(planned.ref) === 'Namespace') await assertUnused(planned, context)
    await client.delete(toAddress(planned.ref, planned.resource), { ...options, uid, propagation: 'Background' })
    return forget(planned)
  } catch (error) {
    if (signal?.aborted) throw error
    // Another uid: somebody made a new object of that name, which is not ours.
    if (isLockstepError(error, 'KUBE_CONFLICT')) return forget(planned)
    return { outcome: { ...toOutcome(planned, 'failed'), error: toError(error) } }
  }
}

const forget = (planned: PlannedObject): AppliedObject => ({ outcome: toOutcome(planned, 'done'), entry: null })

const assertUnused = async ({ ref }: PlannedObject, { client, discovery, signal }: DeleteContext): Promise<void> => {
  const kinds = discovery.resources.filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'),
  )
  const lists = await mapLimited(kinds, 16, async (resource) => {
    const { items } = await client.listMetadata({ resource, namespace: ref.name }, signal ? { signal } : {})
    return items.filter(isForeign).map((item) => formatRef(toListedRef(item, resource)))
  })
  const foreign = lists.flat()
  if (foreign.length > 0) throw createNamespaceBusy(ref, foreign.slice(0, 3), foreign.length)
}

/** Not ours, not made by a controller for something else, and not what every namespace has. */
const isForeign = ({ kind, metadata }: ObjectMetadata): boolean =>
  metadata.labels?.[PART_OF_LABEL] === undefined &&
  !metadata.ownerReferences?.length &&
  !metadata.deletionTimestamp &&
  !IN_EVERY_NAMESPACE.has(metadata.name) &&
  !['Event', 'EndpointSlice', 'Endpoints', 'Lease', 'PodMetrics'].includes(kind) &&
  !isServiceEndpoint(metadata.labels)

const IN_EVERY_NAMESPACE = new Set(['default', 'kube-root-ca.crt'])
const isServiceEndpoint = (labels: Readonly<Record<string, string>> | undefined): boolean =>
  labels?.['endpointslice.kubernetes.io/managed-by'] !== undefined
