import type { Discovery, KubeClient } from '../kube/client.ts'
import { type KubeObject, toRef, toRefKey } from '../kube/object.ts'
import { RBAC_GROUP, type RbacObjects, readRbacObjects } from '../kube/rbac.ts'
import type { Plan, PlannedObject } from '../plan/plan.ts'
import { readRbac } from './read-rbac.ts'

/** The roles and bindings of a cluster before and after a plan. */
export type PlannedAccess = { readonly base: RbacObjects; readonly head: RbacObjects }

/** Reads the roles and bindings of a cluster where a plan changes any; undefined where it changes none. */
export const readPlannedAccess = async (
  plan: Plan,
  deps: { readonly client: KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal } = {},
): Promise<PlannedAccess | undefined> => {
  const changes = plan.components.flatMap(({ objects }) =>
    objects.filter(({ ref, action }) => ref.group === RBAC_GROUP && action !== 'unchanged' && action !== 'skip'),
  )
  if (changes.length === 0) return undefined
  const live = await readRbac(deps, options)
  return { base: readRbacObjects(live), head: applyChanges(live, changes) }
}

/** The roles and bindings once these objects are created, changed or deleted. */
export const applyChanges = (live: readonly KubeObject[], changes: readonly PlannedObject[]): RbacObjects => {
  const byRef = new Map(changes.map((object) => [toRefKey(object.ref), object]))
  const kept = live.filter((object) => !byRef.has(toRefKey(toRef(object))))
  const made = changes.flatMap(({ action, desired }) => (action !== 'delete' && desired ? [desired.manifest] : []))
  return readRbacObjects([...kept, ...made])
}
