import { isLockstepError } from '../base/errors.ts'
import type { ResolvedAlertPolicy, SeverityRule } from '../fleet/alert-policy.ts'
import type { FindingVariables } from '../fleet/severity-rule.ts'
import type { CelProgram } from '../kube/cel.ts'
import { findHolding } from '../kube/cel-conditions.ts'
import type { ObjectRef } from '../kube/object.ts'
import type { Finding } from './report.ts'
import { computeSeverity } from './severity.ts'

/** A finding of which it is not said yet how bad it is and whose. Its values are masked already. */
export type UnratedFinding = Omit<Finding, 'severity' | 'owner'>

/** What the fleet says of findings on one cluster. */
export type FindingRules = {
  /** `owner` is that of the component, by itself or by CODEOWNERS; `value` the live value as it is. */
  readonly rate: (
    finding: UnratedFinding,
    about?: { readonly owner?: string | undefined; readonly value?: unknown },
  ) => Finding
  /** The rules that failed so far, a sentence each. */
  readonly listWarnings: () => readonly string[]
}

/** Where findings are made. */
type Place = { readonly name: string; readonly labels: Readonly<Record<string, string>> }

/**
 * How bad findings are and whose: severity by the first rule of the policies that holds, else by the built-in table; the
 * owner by the component, else by the first policy that names the namespace. A rule that fails is passed over and told.
 */
export const createFindingRules = (policies: readonly ResolvedAlertPolicy[], cluster: Place): FindingRules => {
  const rules = policies.flatMap(({ name, severity }) => severity.map((rule) => ({ ...rule, policy: name })))
  const owners = policies.flatMap((policy) => policy.owners)
  const warnings = new Map<SeverityRule, string>()
  const findSeverity = (finding: UnratedFinding): Finding['severity'] | undefined => {
    if (rules.length === 0) return undefined
    const asked = rules.filter(({ when }) => !isResting(when))
    const conditions = asked.map(({ when }) => when)
    const index = findHolding(conditions, toVariables(finding, cluster), (failed, error) => {
      const rule = asked[failed] as (typeof rules)[number]
      const reason = toReason(error)
      if (reason === 'too_slow') rest(rule.when)
      // A label that a cluster does not have is no mistake of the rule: it does not hold there.
      if (reason === 'no_such_key' || warnings.has(rule)) return
      warnings.set(rule, `severity rule ${rule.name} of AlertPolicy ${rule.policy} is passed over: ${error.message}`)
    })
    return asked[index]?.severity
  }
  return {
    rate: (finding, { owner, value } = {}) => {
      const { object, drift, field } = finding
      const own = owner ?? owners.find(({ namespaces }) => isIn(object, namespaces.names))?.owner
      const severity =
        findSeverity(finding) ??
        computeSeverity({ ref: object, drift, ...(field === undefined ? {} : { field }), value })
      return { ...finding, severity, ...(own === undefined ? {} : { owner: own }) }
    },
    listWarnings: () => [...warnings.values()],
  }
}

const toVariables = (finding: UnratedFinding, cluster: Place): FindingVariables => {
  const { object, field = '', drift, component, live = null, git = null, manager = '' } = finding
  const { group, kind, namespace = '', name } = object
  return { object: { group, kind, namespace, name }, field, drift, component, cluster, live, git, manager }
}

const toReason = (error: Error): unknown => (isLockstepError(error) ? error.details.reason : undefined)

/** Conditions that took too long, how often, and how many findings they are not asked about now. */
const resting = new WeakMap<CelProgram, { times: number; left: number }>()

/** Else a single one could hold a hub up for as long as something is found: it is asked less and less. */
const rest = (condition: CelProgram): void => {
  const times = (resting.get(condition)?.times ?? 0) + 1
  resting.set(condition, { times, left: 10 * 2 ** Math.min(times, 10) })
}

const isResting = (condition: CelProgram): boolean => {
  const state = resting.get(condition)
  if (state === undefined || state.left === 0) return false
  state.left--
  return true
}

/** A Namespace is in itself; what is in no namespace is in none of them. */
const isIn = ({ group, kind, namespace, name }: ObjectRef, patterns: readonly string[]): boolean => {
  const place = namespace ?? (group === '' && kind === 'Namespace' ? name : undefined)
  return place !== undefined && patterns.some((pattern) => matchesPattern(pattern, place))
}

const matchesPattern = (pattern: string, text: string): boolean =>
  pattern === text ||
  (pattern.includes('*') && new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`).test(text))

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
