import type { Discovery, KubeClient } from '../kube/client.ts'
import { type KubeObject, toRef, toRefKey } from '../kube/object.ts'
import { formatRbac, RBAC_GROUP, type RbacBinding, type RbacRole, readRbacObjects } from '../kube/rbac.ts'
import { findUnmanagedAccess } from '../rbac/unmanaged-access.ts'
import type { DesiredCluster } from '../render/desired.ts'
import type { UnmanagedObject } from './exclusive.ts'
import { readRbac } from './read-rbac.ts'

/** The access beside a cluster's grants that no component owns. Nothing is asked where no grant wants to know. */
export const listUnmanagedAccess = async (
  desired: DesiredCluster,
  owned: ReadonlySet<string>,
  deps: { readonly client: KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal } = {},
): Promise<UnmanagedObject[]> => {
  const components = desired.components
    .filter(({ grant, error }) => grant?.scope !== undefined && error === undefined)
    // What two grants speak of is removed where one of them says so.
    .toSorted((a, b) => Number(b.grant?.scope?.remove) - Number(a.grant?.scope?.remove))
  if (components.length === 0) return []
  const objects = await readRbac(deps, options)
  const byName = new Map(objects.map((object) => [toName(object), object]))
  const context = {
    live: readRbacObjects(objects),
    kubernetesVersion: deps.discovery.serverVersion,
    isOwned: (object: RbacBinding | RbacRole): boolean =>
      owned.has(toRefKey(toRef(byName.get(formatRbac(object)) as KubeObject))),
  }
  const found = components.flatMap((component) => {
    const scope = component.grant?.scope
    return (scope ? findUnmanagedAccess(scope, context) : []).flatMap(
      ({ object, note, removable }): UnmanagedObject[] => {
        const live = byName.get(formatRbac(object))
        const resource = deps.discovery.find(RBAC_GROUP, object.kind)
        const keep = !removable || !scope?.remove
        return live && resource && !isControlled(live)
          ? [{ ref: toRef(live), resource, live, component, note, keep }]
          : []
      },
    )
  })
  return [...new Map(found.toReversed().map((object) => [toRefKey(object.ref), object])).values()].toReversed()
}

const toName = ({ kind, metadata }: KubeObject): string =>
  formatRbac({
    kind: kind as RbacRole['kind'],
    name: metadata.name,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
  })

const isControlled = ({ metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller) === true
