import type { DeletionGuard } from '../fleet/policy.ts'
import { digestJson } from '../kube/canonical.ts'
import { formatRef, toGroupKind, toRefKey } from '../kube/object.ts'
import type { Plan, PlannedComponent, PlannedObject } from './plan.ts'

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
}

/**
 * Holds back deletions that a person has to confirm: too many in a component or on the cluster, namespaces, custom
 * resource definitions and volume claims, and whatever belongs to a component that is no longer assigned. Pure.
 */
export const guardDeletions = (plan: Plan, input: GuardInput): Plan => {
  const deletions = plan.components.flatMap(({ objects }) => objects.filter(isRealDeletion))
  const reasons = listReasons(plan.components, deletions, input)
  if (reasons.length === 0) return plan
  const refs = deletions.map(({ ref }) => ref)
  const digest = `sha256:${digestJson(deletions.map(({ ref, entry }) => [toRefKey(ref), entry?.uid]).sort())}`
  if (input.confirmed === digest) return plan
  const message = `its deletion waits for a confirmation: ${reasons[0]}`
  return {
    ...plan,
    confirmation: { digest, reasons, deletions: refs },
    components: plan.components.map((component) => ({
      ...component,
      objects: component.objects.map((object) => (isRealDeletion(object) ? holdBack(object, message) : object)),
    })),
  }
}

/** What nobody owns in an exclusive scope does not count: removing it is what the scope is for. */
const isRealDeletion = (object: PlannedObject): boolean =>
  object.action === 'delete' && object.reason !== 'drift' && object.live !== undefined

const holdBack = ({ reason: _, ...object }: PlannedObject, message: string): PlannedObject => ({
  ...object,
  action: 'skip',
  skip: { reason: 'unconfirmed', message },
})

const listReasons = (
  components: readonly PlannedComponent[],
  deletions: readonly PlannedObject[],
  { guard, owned, unassigned }: GuardInput,
): string[] => {
  const reasons: string[] = []
  const exceeds = (count: number, total: number): boolean =>
    count > guard.maxObjects || (count > 1 && total > 0 && (count / total) * 100 > guard.maxPercent)
  for (const { name, objects } of components) {
    const count = objects.filter(isRealDeletion).length
    const total = owned.get(name) ?? 0
    if (count === 0) continue
    if (unassigned.has(name)) reasons.push(`component ${name} is no longer assigned to the cluster (${count} objects)`)
    else if (exceeds(count, total)) reasons.push(`${count} of ${total} objects of component ${name} would be deleted`)
  }
  const total = [...owned.values()].reduce((sum, count) => sum + count, 0)
  if (exceeds(deletions.length, total))
    reasons.push(`${deletions.length} of ${total} objects on the cluster would be deleted`)
  for (const { ref } of deletions.filter((object) => ALWAYS_ASK.has(toGroupKind(object.ref)))) {
    reasons.push(`${formatRef(ref)} would be deleted with what is in it`)
  }
  return reasons
}
