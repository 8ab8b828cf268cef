import type { DeletionGuard } from '../fleet/policy.ts'
import { digestJson } from '../kube/canonical.ts'
import { formatRef, toGroupKind, toRefKey } from '../kube/object.ts'
import { GRANT_LABEL } from '../rbac/grant-label.ts'
import type { Plan, PlannedObject } from './plan.ts'

const ALWAYS_ASK = new Set(['Namespace', 'apiextensions.k8s.io/CustomResourceDefinition', 'PersistentVolumeClaim'])

/** What the guard counts with. */
export type GuardInput = {
  readonly guard: DeletionGuard
  /** How many objects each component owns, before. */
  readonly owned: ReadonlyMap<string, number>
  /** Components on the cluster that Git no longer assigns to it. */
  readonly unassigned: ReadonlySet<string>
  /** The digest that a person gave. */
  readonly confirmed?: string
  readonly fleet?: FleetDeletions
}

/**
 * What is known of the other clusters' deletions: `defer` keeps back what this cluster alone would let pass until those of
 * the fleet are counted; `ask` has it confirmed, as they were too many.
 */
export type FleetDeletions = { readonly type: 'defer' } | { readonly type: 'ask'; readonly why: string }

/**
 * Holds back deletions that a person has to confirm, and no others: all of a component that is no longer assigned or that
 * would lose too many; namespaces, custom resource definitions and volume claims; and all that is left where that would be
 * too many for the cluster. Access that grants no longer give waits for nobody unless it is too much at once. Pure.
 */
export const guardDeletions = (plan: Plan, input: GuardInput): Plan => {
  const held = findHeld(plan, input)
  if (input.fleet?.type === 'defer') {
    const { fleet: _, ...alone } = input
    return guardDeletions(defer(plan, held), alone)
  }
  if (held.size === 0) return plan
  const deletions = [...held.keys()]
  const digest = `sha256:${digestJson(deletions.map(({ ref, entry }) => [toRefKey(ref), entry?.uid]).sort())}`
  if (input.confirmed === digest) return plan
  return {
    ...plan,
    confirmation: { digest, reasons: [...new Set(held.values())], deletions: deletions.map(({ ref }) => ref) },
    components: plan.components.map((component) => ({
      ...component,
      objects: component.objects.map((object) => holdBack(object, held.get(object))),
    })),
  }
}

const holdBack = (object: PlannedObject, why: string | undefined): PlannedObject => {
  if (why === undefined) return object
  const { reason: _, ...rest } = object
  return {
    ...rest,
    action: 'skip',
    skip: { reason: 'unconfirmed', message: `its deletion waits for a confirmation: ${why}` },
  }
}

/**
 * What nobody owns in an exclusive scope does not count: removing it is what the scope is for. Nor does access that has
 * ended: it was agreed when it was given.
 */
const isRealDeletion = (object: PlannedObject): boolean =>
  object.action === 'delete' && object.reason !== 'drift' && object.reason !== 'expired' && object.live !== undefined

/** What a grant made holds nothing but access: taking a little of it away must not wait for anybody. */
const isAccess = ({ live }: PlannedObject): boolean => live?.metadata.labels?.[GRANT_LABEL] !== undefined

/** Each deletion that has to be confirmed, with why. */
const findHeld = (plan: Plan, { guard, owned, unassigned, fleet }: GuardInput): Map<PlannedObject, string> => {
  const held = new Map<PlannedObject, string>()
  for (const { name, objects } of plan.components) {
    const deletions = objects.filter((object) => isRealDeletion(object) && !isAccess(object))
    const total = owned.get(name) ?? 0
    const why = unassigned.has(name)
      ? `component ${name} is no longer assigned to the cluster (${deletions.length} objects)`
      : isTooMany(deletions.length, total, guard)
        ? `${deletions.length} of ${total} objects of component ${name} would be deleted`
        : undefined
    for (const object of deletions) {
      if (why !== undefined) held.set(object, why)
      else if (ALWAYS_ASK.has(toGroupKind(object.ref)))
        held.set(object, `${formatRef(object.ref)} would be deleted with what is in it`)
    }
  }
  const left = plan.components.flatMap(({ objects }) =>
    objects.filter((object) => isRealDeletion(object) && !held.has(object)),
  )
  const access = left.filter(isAccess)
  if (access.length > guard.maxObjects)
    for (const object of access) held.set(object, `${access.length} roles and bindings of grants would be deleted`)
  const rest = left.filter((object) => !isAccess(object))
  const total = [...owned.values()].reduce((sum, count) => sum + count, 0)
  const why = isTooMany(rest.length, total, guard)
    ? `${rest.length} of ${total} objects on the cluster would be deleted`
    : fleet?.type === 'ask'
      ? fleet.why
      : undefined
  if (why !== undefined) for (const object of rest) held.set(object, why)
  return held
}

const isTooMany = (count: number, total: number, { maxObjects, maxPercent }: DeletionGuard): boolean =>
  count > maxObjects || (count > 1 && total > 0 && (count / total) * 100 > maxPercent)

const defer = (plan: Plan, held: ReadonlyMap<PlannedObject, string>): Plan => ({
  ...plan,
  components: plan.components.map((component) => ({
    ...component,
    objects: component.objects.map((object) => {
      if (!isRealDeletion(object) || isAccess(object) || held.has(object)) return object
      const { reason: _, ...rest } = object
      const message = 'its deletion comes when those on all clusters are counted'
      return { ...rest, action: 'skip' as const, skip: { reason: 'deferred' as const, message } }
    }),
  })),
})

/** The plan with nothing but what waits for the other clusters: of hundreds of clusters, their manifests are not held. Pure. */
export const keepDeferred = (plan: Plan): Plan => ({
  ...plan,
  components: plan.components.map((component) => ({ ...component, objects: component.objects.filter(isDeferred) })),
})

/** Whether the deletions that were deferred on all clusters may go ahead, or why a person has to confirm them. Pure. */
export const countFleetDeletions = (
  clusters: readonly { readonly deferred: number; readonly owned: number }[],
  guard: DeletionGuard,
): FleetDeletions | undefined => {
  const counts = clusters.map(({ deferred }) => deferred).filter((count) => count > 0)
  const deletions = counts.reduce((sum, count) => sum + count, 0)
  const owned = clusters.reduce((sum, cluster) => sum + cluster.owned, 0)
  if (counts.length < 2 || !isTooMany(deletions, owned, guard)) return undefined
  return { type: 'ask', why: `${deletions} of ${owned} objects on ${counts.length} clusters would be deleted` }
}

/** How many deletions of the plan wait for those of the other clusters to be counted. */
export const countDeferred = ({ components }: Plan): number =>
  components.flatMap(({ objects }) => objects).filter(isDeferred).length

/** The digest of deletions that wait on a cluster. */
export type ClusterDigest = readonly [cluster: string, digest: string]

/** One digest for all clusters whose deletions wait; a single cluster's is its plan's. */
export const joinDigests = (digests: readonly ClusterDigest[]): string =>
  digests.length === 1 ? (digests[0] as ClusterDigest)[1] : `sha256:${digestJson(digests.toSorted())}`

/**
 * The clusters whose deletions a digest confirms: one, or all that wait, where it is that of all together. None where
 * anything of them changed since it was told. Pure.
 */
export const matchDigest = (digest: string, waiting: readonly ClusterDigest[]): readonly ClusterDigest[] => {
  const own = waiting.filter(([, one]) => one === digest)
  return own.length === 0 && waiting.length > 1 && joinDigests(waiting) === digest ? waiting : own
}

const isDeferred = ({ skip }: PlannedObject): boolean => skip?.reason === 'deferred'
