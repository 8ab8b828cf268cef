import { ALERT_LABELS, toClusterLabel } from './alert-labels.ts'
import type { PolicySilence, ResolvedAlertPolicy, SeverityRule } from './alert-policy.ts'
import { readReceiver } from './alert-receiver.ts'
import { listReceivers, readRoute } from './alert-route.ts'
import { checkTimes } from './check-times.ts'
import { createReport, type FleetDocument, type FleetModel } from './model.ts'
import type { Selector } from './policy.ts'
import type { Problem } from './problem.ts'
import { type PolicyContext, readMatchers } from './read-matchers.ts'
import type { AlertPolicySpec, RouteSpec } from './schema/alert-policy.ts'
import { matchesSelector } from './selector.ts'
import { compileCondition } from './severity-rule.ts'

/**
 * The AlertPolicies of a fleet in the order of their names, with conditions and matchers compiled. What is wrong in them is
 * told and left out.
 */
export const readAlertPolicies = (
  model: FleetModel,
): { readonly policies: readonly ResolvedAlertPolicy[]; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = []
  const ofClusters = [...model.clusters.values()].flatMap(({ labels }) => Object.keys(labels).map(toClusterLabel))
  const labels = [...new Set([...ALERT_LABELS, ...ofClusters])]
  const policies = [...model.alertPolicies.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((document) => {
      const report = createReport(model.locate, document.origin, problems)
      const receivers = (document.spec.receivers ?? []).map(({ name }) => name)
      return readAlertPolicy(document, model, { report, labels, receivers })
    })
  return { policies, problems }
}

const readAlertPolicy = (
  { name, spec, origin }: FleetDocument<AlertPolicySpec>,
  model: FleetModel,
  context: PolicyContext,
): ResolvedAlertPolicy => {
  const { report } = context
  const selector = (spec.clusters ?? {}) as Selector
  const selected = [...model.clusters.values()].filter((cluster) => matchesSelector(selector, cluster))
  const route = spec.route as RouteSpec | undefined
  checkUse(route, context)
  return {
    name,
    clusters: new Set(selected.map((cluster) => cluster.name)),
    severity: (spec.severity ?? []).flatMap((rule, index): SeverityRule[] => {
      const when = compileCondition(rule.when, `/spec/severity/${index}/when`, report)
      return when ? [{ name: rule.name, when, severity: rule.severity }] : []
    }),
    owners: spec.owners ?? [],
    ...(route ? { route: readRoute(route, '/spec/route', context) } : {}),
    receivers: (spec.receivers ?? []).map((one, index) => readReceiver(one, `/spec/receivers/${index}`, report)),
    silences: (spec.silences ?? []).map((one, index) => readSilence(one, `/spec/silences/${index}`, context)),
    get origin() {
      return model.locate(origin, '/metadata/name')
    },
  }
}

/** A receiver that no route names gets nothing. */
const checkUse = (route: RouteSpec | undefined, { receivers, report }: PolicyContext): void => {
  const used = new Set(route ? listReceivers(route) : [])
  for (const [index, name] of receivers.entries()) {
    if (used.has(name)) continue
    const message = `no route sends anything to receiver "${name}"`
    const hint = 'name it in a route, or remove it'
    report(`/spec/receivers/${index}/name`, { code: 'RECEIVER_UNUSED', message, hint, severity: 'warning' })
  }
}

const readSilence = (
  { matchers, from, until, reason }: NonNullable<AlertPolicySpec['silences']>[number],
  pointer: string,
  context: PolicyContext,
): PolicySilence => {
  const { report } = context
  checkTimes({ from, until }, pointer, report)
  const parsed = readMatchers(matchers, `${pointer}/matchers`, context)
  // As in Alertmanager: it would silence everything that has no such label.
  if (parsed.length > 0 && parsed.every(({ matches }) => matches(''))) {
    const hint = 'add a matcher that does not hold for an empty value'
    report(`${pointer}/matchers`, { code: 'MATCHER_INVALID', message: 'these matchers hold for any alert', hint })
  }
  return { matchers: parsed, ...(from === undefined ? {} : { from }), until, reason }
}
