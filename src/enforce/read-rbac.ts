import { mapLimited } from '../base/limit.ts'
import type { Discovery, KubeClient } from '../kube/client.ts'
import type { KubeObject } from '../kube/object.ts'
import { RBAC_GROUP } from '../kube/rbac.ts'

const KINDS = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']

/** Every role and binding of a cluster, in full. */
export const readRbac = async (
  { client, discovery }: { readonly client: KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal } = {},
): Promise<KubeObject[]> => {
  const lists = await mapLimited(KINDS, KINDS.length, async (kind) => {
    const resource = discovery.find(RBAC_GROUP, kind)
    const { items } = resource ? await client.list({ resource }, options) : { items: [] }
    // The items of a list carry neither.
    return items.map((item) => ({ ...item, apiVersion: `${RBAC_GROUP}/v1`, kind }))
  })
  return lists.flat()
}
