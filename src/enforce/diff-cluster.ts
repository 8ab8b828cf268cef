import { findAdmitted } from '../apply/baseline.ts'
import { keepReleased } from '../apply/released.ts'
import { toError } from '../base/errors.ts'
import { mapLimited } from '../base/limit.ts'
import { readObject, toAddress } from '../drift/observe.ts'
import { FIELD_MANAGER, isSecret, toComparable } from '../inventory/fingerprint.ts'
import { collectListKeys } from '../kube/managed-fields.ts'
import type { Json, KubeObject, ObjectRef } from '../kube/object.ts'
import { diffTrees, type TreeDifference } from '../kube/tree-diff.ts'
import type { Action, PlannedObject, WriteReason } from '../plan/plan.ts'
import type { DesiredCluster } from '../render/desired.ts'
import { type PlannedAccess, readPlannedAccess } from './plan-access.ts'
import { createClientPicker, type ReconcileDeps, type ReconcileResult, reconcileCluster } from './reconcile-cluster.ts'

/** What a sync would do to one object. */
export type ObjectChange = {
  readonly ref: ObjectRef
  readonly component: string
  readonly action: Action
  readonly reason?: WriteReason
  readonly skip?: PlannedObject['skip']
  /** From live to what the server would store; `expected` is live now, `live` what it becomes. Secrets are masked. */
  readonly differences: readonly TreeDifference[]
  /** Fields of the manifest that the server would change or drop. */
  readonly admitted?: readonly string[]
  /** Why the server would refuse it. */
  readonly error?: Error
}

/** What a sync of a cluster would do. */
export type ClusterDiff = {
  readonly result: ReconcileResult
  readonly changes: readonly ObjectChange[]
  /** Who may what before and after; absent where no role or binding changes. */
  readonly access?: PlannedAccess
}

/** Plans a sync and asks the server, by dry run, what each write would make of the object. Writes nothing. */
export const diffCluster = async (
  request: { readonly desired: DesiredCluster; readonly confirmDeletions?: string },
  deps: ReconcileDeps,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ClusterDiff> => {
  const result = await reconcileCluster({ ...request, mode: 'sync', dryRun: true }, deps, options)
  const clientFor = createClientPicker(request.desired, deps.client)
  const planned = result.plan.components
    .flatMap(({ objects }) => objects)
    .filter(({ action }) => action !== 'unchanged')
  const changes = await mapLimited(planned, 16, (object) =>
    diffObject(object, request.desired, { ...deps, client: clientFor(object.component) }, options),
  )
  const discovery = await deps.client.discover(options)
  const access = await readPlannedAccess(result.plan, { client: deps.client, discovery }, options)
  return { result, changes, ...(access ? { access } : {}) }
}

const diffObject = async (
  planned: PlannedObject,
  desired: DesiredCluster,
  { client }: ReconcileDeps,
  options: { readonly signal?: AbortSignal },
): Promise<ObjectChange> => {
  const { ref, component, action, reason, skip, resource } = planned
  const change = { ref, component, action, ...(reason ? { reason } : {}), ...(skip ? { skip } : {}), differences: [] }
  if ((action !== 'create' && action !== 'configure') || !planned.desired || !resource) return change
  try {
    const live =
      action === 'create'
        ? undefined
        : ((await readObject(ref, resource, client, options)).live as KubeObject | undefined)
    const policy = desired.components.find(({ name }) => name === component)?.policy
    const manifest = keepReleased(planned.desired, live, {
      ref,
      ignore: policy?.ignore ?? [],
      isAutoscaled: () => false,
    })
    if (!live)
      return { ...change, differences: mask(diffTrees(undefined, toComparable(manifest), { lists: {} }), manifest) }
    const { object } = await client.apply(toAddress(ref, resource), manifest, {
      ...options,
      fieldManager: FIELD_MANAGER,
      force: true,
      dryRun: true,
    })
    // What somebody added and an apply alone leaves is undone by the sync as well.
    const healed = planned.heals
      ? planned.differences
          .filter(({ drift }) => drift === 'added')
          .map(({ path, live: value }): TreeDifference => ({ path, change: 'removed', expected: value as Json }))
      : []
    const lists = collectListKeys([...(live.metadata.managedFields ?? []), ...(object.metadata.managedFields ?? [])])
    const admitted = findAdmitted(manifest, object)
    return {
      ...change,
      differences: mask([...diffTrees(toComparable(live), toComparable(object), { lists }), ...healed], live),
      ...(admitted.length > 0 ? { admitted } : {}),
    }
  } catch (error) {
    if (options.signal?.aborted) throw error
    return { ...change, error: toError(error) }
  }
}

const mask = (differences: TreeDifference[], object: KubeObject): TreeDifference[] =>
  isSecret(object)
    ? differences.map(({ path, change, expected, live }) => ({
        path,
        change,
        ...(expected === undefined ? {} : { expected: '(masked)' }),
        ...(live === undefined ? {} : { live: '(masked)' }),
      }))
    : differences
