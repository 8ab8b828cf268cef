import type { Discovery, KubeClient } from '../kube/client.ts'
import { RBAC_GROUP, readRbacObjects } from '../kube/rbac.ts'
import { type Identity, SUPERUSERS } from '../kube/rbac-identity.ts'
import type { Plan, PlannedObject } from '../plan/plan.ts'
import { applyChanges } from './plan-access.ts'
import { readRbac } from './read-rbac.ts'

/**
 * Holds back what would take from Lockstep itself the access that it needs: without it, nothing could be put right again.
 * Only a plan that takes some role or binding away costs requests.
 */
export const guardOwnAccess = async (
  plan: Plan,
  deps: { readonly client: KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal } = {},
): Promise<Plan> => {
  const taken = plan.components.flatMap(({ objects }) => objects.filter(isTaking))
  if (taken.length === 0) return plan
  const identity = await readOwnIdentity(deps, options)
  if (identity === undefined || identity.groups.includes(SUPERUSERS)) return plan
  const { isLockedOut } = await import('../rbac/lockout.ts')
  const live = await readRbac(deps, options)
  const before = readRbacObjects(live)
  const harmless: PlannedObject[] = []
  const held = new Set<PlannedObject>()
  for (const object of taken) {
    if (isLockedOut(before, applyChanges(live, [...harmless, object]), identity)) held.add(object)
    else harmless.push(object)
  }
  if (held.size === 0) return plan
  return {
    ...plan,
    components: plan.components.map((component) => ({
      ...component,
      objects: component.objects.map((object) => (held.has(object) ? holdBack(object) : object)),
    })),
  }
}

const isTaking = ({ ref, action, live }: PlannedObject): boolean =>
  ref.group === RBAC_GROUP && (action === 'delete' || action === 'configure') && live !== undefined

const holdBack = (object: PlannedObject): PlannedObject => {
  const { reason: _, ...rest } = object
  const message = 'it gives Lockstep itself the access that it needs: without it, Lockstep would be locked out'
  return { ...rest, action: 'skip', skip: { reason: 'lockout', message } }
}

const identities = new WeakMap<KubeClient, Promise<Identity | undefined>>()

/** Who the server takes us for, asked once a client; undefined where it is too old to say. */
const readOwnIdentity: typeof askOwnIdentity = (deps, options) => {
  const known = identities.get(deps.client)
  if (known !== undefined) return known
  const asked = askOwnIdentity(deps, options)
  identities.set(deps.client, asked)
  asked.catch(() => identities.delete(deps.client))
  return asked
}

const askOwnIdentity = async (
  { client, discovery }: { readonly client: KubeClient; readonly discovery: Discovery },
  options: { readonly signal?: AbortSignal },
): Promise<Identity | undefined> => {
  const resource = discovery.find('authentication.k8s.io', 'SelfSubjectReview')
  if (!resource) return undefined
  const review = {
    apiVersion: `authentication.k8s.io/${resource.version}`,
    kind: 'SelfSubjectReview',
    metadata: { name: '' },
  }
  const { status } = await client.create({ resource }, review, { ...options, dryRun: true })
  const { username, groups } = (status as { userInfo: { username: string; groups?: string[] } }).userInfo
  return { user: username, groups: groups ?? [] }
}
