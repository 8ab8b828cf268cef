import { attributeChange, type Trace } from '../drift/attribution.ts'
import { type Difference, isReportOnly } from '../drift/compare.ts'
import { createFindingRules, type FindingRules, type UnratedFinding } from '../drift/finding-rules.ts'
import type { Finding, Pending } from '../drift/report.ts'
import { isSealed, isSecret } from '../inventory/fingerprint.ts'
import { formatFieldPath } from '../kube/field-path.ts'
import { type ObjectMetadata, type ObjectRef, toRefKey } from '../kube/object.ts'
import type { Plan, PlannedObject } from '../plan/plan.ts'
import { endsByItself } from '../plan/plan-object.ts'
import type { DesiredCluster, DesiredComponent } from '../render/desired.ts'
import type { JudgedObject } from './judge.ts'
import type { Observation } from './observe-cluster.ts'

const NO_COMPONENT_POLICY = 'heal'

/**
 * Everything that differs from what was agreed, as findings. Components whose drift is `ignore` are counted, not told;
 * `warnings` are rules of the fleet that failed. `traceOf` tells what a watch saw of an object that was written. Pure.
 */
export const computeFindings = (
  desired: DesiredCluster,
  observation: Pick<Observation, 'judged' | 'unmanaged'>,
  traceOf: (ref: ObjectRef) => Trace = () => [],
): { readonly findings: Finding[]; readonly ignored: number; readonly warnings: readonly string[] } => {
  const components = new Map(desired.components.map((component) => [component.name, component]))
  const { rate, listWarnings } = createFindingRules(desired.alertPolicies ?? [], {
    name: desired.cluster,
    labels: desired.labels,
  })
  const all = [...observation.judged.values()].flatMap((judged) =>
    toFindings(judged, desired.cluster, components.get(judged.subject.component), rate, traceOf),
  )
  const unmanaged = observation.unmanaged.map(({ ref, live, component, note }): Finding => {
    const created = live.metadata.managedFields?.toSorted((left, right) =>
      (left.time ?? '').localeCompare(right.time ?? ''),
    )[0]
    const finding: UnratedFinding = {
      cluster: desired.cluster,
      component: component.name,
      object: ref,
      drift: 'unmanaged',
      ...(created?.manager ? { manager: created.manager } : {}),
      ...(created?.operation ? { operation: created.operation } : {}),
      ...(created?.time ? { changedAt: created.time } : {}),
      ...(note === undefined ? {} : { note }),
    }
    return rate(finding, { owner: component.owner })
  })
  const isTold = (finding: Finding): boolean =>
    (components.get(finding.component)?.policy.drift ?? NO_COMPONENT_POLICY) !== 'ignore'
  const findings = [...all, ...unmanaged]
  return {
    findings: findings.filter(isTold),
    ignored: findings.filter((finding) => !isTold(finding)).length,
    warnings: listWarnings(),
  }
}

const toFindings = (
  { subject, observed, differences }: JudgedObject,
  cluster: string,
  component: DesiredComponent | undefined,
  rate: FindingRules['rate'],
  traceOf: (ref: ObjectRef) => Trace,
): Finding[] => {
  const base = { cluster, component: subject.component, object: subject.ref }
  const owner = component?.owner
  if (observed.state === 'absent' || observed.isGone) {
    if (!subject.entry?.fingerprint || (subject.desired && endsByItself(subject.desired.manifest))) return []
    // Git has dropped it too: nothing is missed.
    if (!subject.desired && component && !component.error) return []
    return [rate({ ...base, drift: 'missing' }, { owner })]
  }
  if (observed.state === 'terminating') {
    if (!subject.entry?.fingerprint || (!subject.desired && component && !component.error)) return []
    const finalizers = observed.live?.metadata.finalizers ?? []
    const note = finalizers.length > 0 ? `waits for finalizers ${finalizers.join(', ')}` : 'is being deleted'
    return [rate({ ...base, drift: 'terminating', note }, { owner })]
  }
  const trace = traceOf(subject.ref)
  return differences.map((difference) =>
    rate(toFieldFinding(base, difference, observed.live as ObjectMetadata, trace), { owner, value: difference.live }),
  )
}

const toFieldFinding = (
  base: Pick<Finding, 'cluster' | 'component' | 'object'>,
  difference: Difference,
  live: ObjectMetadata,
  trace: Trace,
): UnratedFinding => ({
  ...base,
  drift: difference.drift,
  field: formatFieldPath(difference.path),
  ...showValues(difference, live),
  ...attributeChange(live, difference.path, trace),
  ...(isReportOnly(difference.path) ? { note: 'only reported: Lockstep does not change this field by itself' } : {}),
})

/** Values of Secrets never leave this function; a part that was recorded as a digest is said to be one. */
const showValues = (
  { path, change, expected, live: actual, git }: Difference,
  live: ObjectMetadata,
): Pick<Finding, 'git' | 'live'> => {
  const [first, second] = path.map((segment) => (segment.type === 'key' ? segment.key : undefined))
  // What kubectl last applied is an annotation, with every value of the Secret in it.
  const isMasked = isSecret(live) && (first !== 'metadata' || second === undefined || second === 'annotations')
  const show = (value: unknown): unknown => (isMasked ? '(masked)' : isSealed(value) ? '(recorded as a digest)' : value)
  const before = change === 'reordered' ? expected : git
  return {
    ...(before === undefined ? {} : { git: show(before) }),
    ...(actual === undefined ? {} : { live: show(actual) }),
  }
}

/** What Git has and the cluster has not yet, which is not drift: one line a component never synced, else one an object. Pure. */
export const computePending = (desired: DesiredCluster, plan: Plan, observation: Observation): Pending[] =>
  plan.components.flatMap(({ name, objects }): Pending[] => {
    const component = desired.components.find((other) => other.name === name)
    const base = { cluster: desired.cluster, component: name }
    if (!component)
      return objects.length > 0
        ? [
            {
              ...base,
              reason: 'unassigned',
              message: `${objects.length} objects of a component that Git does not assign to this cluster`,
            },
          ]
        : []
    if (component.error) return [{ ...base, reason: 'renderFailed', message: component.error.message }]
    const overdue = listOverdue(component, observation).map((found): Pending => ({ ...base, ...found }))
    const isSynced = observation.inventories.has(name)
    if (!isSynced) {
      const taken = objects.filter(({ skip, reason }) => skip?.reason === 'notAdopted' || reason === 'adopt').length
      return objects.length > 0
        ? [{ ...base, reason: 'notSynced', message: `${objects.length} objects, ${taken} of them exist already` }]
        : []
    }
    return [...overdue, ...objects.flatMap((object) => toPending(base, object))]
  })

/** Access that has ended and that no sync took away yet. */
const listOverdue = (
  { grant }: DesiredComponent,
  { judged }: Observation,
): Pick<Pending, 'object' | 'reason' | 'message'>[] =>
  (grant?.expired ?? []).flatMap(({ ref, expires }) => {
    const { observed } = judged.get(toRefKey(ref)) ?? {}
    return observed?.live === undefined || observed.isGone
      ? []
      : [{ object: ref, reason: 'overdue', message: `it ended ${expires}` }]
  })

const toPending = (base: { cluster: string; component: string }, object: PlannedObject): Pending[] => {
  const { ref, skip, reason } = object
  if (skip?.reason === 'notAdopted' || reason === 'adopt') {
    return [
      { ...base, object: ref, reason: 'notAdopted', message: skip?.message ?? 'it exists and was not adopted yet' },
    ]
  }
  if (skip?.reason === 'unserved' || skip?.reason === 'terminating')
    return object.entry?.fingerprint ? [] : [{ ...base, object: ref, reason: 'gitAhead', message: skip.message }]
  const isAhead =
    reason === 'new' ||
    reason === 'gitAhead' ||
    reason === 'handover' ||
    reason === 'pruned' ||
    skip?.reason === 'manual' ||
    skip?.reason === 'unconfirmed' ||
    skip?.reason === 'deferred' ||
    (object.digest !== undefined &&
      object.entry?.fingerprint !== undefined &&
      object.entry.fingerprint.digest !== object.digest)
  return isAhead ? [{ ...base, object: ref, reason: 'gitAhead', ...(skip ? { message: skip.message } : {}) }] : []
}
