import type { JsonObject } from '../kube/object.ts'
import { compileParameters, computeArguments } from './arguments.ts'
import { checkFreeze } from './check-freeze.ts'
import { toComponentLayer, toRepositories } from './component-layer.ts'
import { checkBinding } from './grant-binding.ts'
import { reportExtendsCycle } from './layers.ts'
import { createReport, type FleetDocument, type FleetModel, type Report } from './model.ts'
import type { Selector } from './policy.ts'
import { prepareTemplate } from './prepared-template.ts'
import type { Problem } from './problem.ts'
import type { ComponentSpec } from './schema/component.ts'
import { matchesSelector } from './selector.ts'
import { listReferences } from './substitute.ts'
import { suggestOrList } from './suggest.ts'

/** What is wrong between the documents of a fleet, whether or not a cluster uses them. */
export const checkModel = (model: FleetModel): Problem[] => {
  const problems: Problem[] = []
  const reportOn = (document: FleetDocument<unknown>): Report => createReport(model.locate, document.origin, problems)
  const { spec } = model.fleet
  const report = reportOn(model.fleet)
  checkNames(spec.repositories, '/spec/repositories', report)
  if (spec.rollout?.first) checkSelector(spec.rollout.first as Selector, '/spec/rollout/first', model, report)
  spec.freeze?.forEach((window, index) => {
    checkFreeze(window, `/spec/freeze/${index}`, report)
    if (window.clusters) checkSelector(window.clusters as Selector, `/spec/freeze/${index}/clusters`, model, report)
  })
  for (const cluster of model.clusters.values()) checkCluster(cluster, model, reportOn(cluster))
  for (const template of model.templates.values()) checkTemplate(template, model, reportOn(template), problems)
  for (const placement of model.placements.values()) checkPlacement(placement, model, reportOn(placement))
  for (const template of model.rbacTemplates.values()) checkRbacTemplate(template, reportOn(template))
  for (const grant of model.rbacGrants.values()) checkRbacGrant(grant, model, reportOn(grant))
  for (const policy of model.alertPolicies.values()) checkAlertPolicy(policy, model, reportOn(policy))
  return problems
}

const checkCluster = (cluster: Of<'clusters'>, model: FleetModel, report: Report): void => {
  checkComponents(cluster, model, report)
  checkNames(cluster.spec.shape?.workers, '/spec/shape/workers', report)
  const management = cluster.spec.provider?.clusterAPI?.managementCluster
  if (management !== undefined) {
    checkKnown(management, 'cluster', model.clusters, '/spec/provider/clusterAPI/managementCluster', model, report)
  }
}

const checkTemplate = (template: Of<'templates'>, model: FleetModel, report: Report, problems: Problem[]): void => {
  const { spec } = template
  checkComponents(template, model, report)
  checkNames(spec.shape?.workers, '/spec/shape/workers', report)
  if (spec.extends !== undefined) checkKnown(spec.extends, 'template', model.templates, '/spec/extends', model, report)
  const prepared = prepareTemplate(model, template.name)
  if (prepared.type === 'cycle' && prepared.names[0] === template.name) {
    reportExtendsCycle(model, prepared.names, problems)
  }
  if (prepared.type !== 'chain') return
  if ('reason' in prepared.compiled) {
    const base =
      spec.extends !== undefined && 'reason' in (prepareTemplate(model, spec.extends) as { compiled: object }).compiled
    if (!base) reportParameters(prepared.compiled.reason, report)
    return
  }
  const { shape, provider, components } = spec
  checkReferences({ shape, provider, components }, prepared.parameters, report)
}

const checkPlacement = (placement: Of<'placements'>, model: FleetModel, report: Report): void => {
  const { clusters, components, arguments: given = {} } = placement.spec
  checkComponents(placement, model, report)
  checkReferences({ components }, { properties: given }, report)
  const selector = clusters as Selector
  checkSelector(selector, '/spec/clusters', model, report)
  if ('names' in selector || [...model.clusters.values()].some((cluster) => matchesSelector(selector, cluster))) return
  const hint = 'compare the labels with those of the clusters'
  report('/spec/clusters', { code: 'PLACEMENT_EMPTY', message: 'no cluster is selected', hint, severity: 'warning' })
}

const checkRbacTemplate = ({ spec }: Of<'rbacTemplates'>, report: Report): void => {
  checkNames(spec.roles, '/spec/roles', report)
  for (const [index, { scope, rules = [] }] of spec.roles.entries()) {
    const at = rules.findIndex(({ nonResourceURLs }) => nonResourceURLs !== undefined)
    if (scope === 'Cluster' || at < 0) continue
    const message = 'a role of scope Namespace says nothing of paths'
    const hint = 'make it a role of scope Cluster, or leave nonResourceURLs out'
    report(`/spec/roles/${index}/rules/${at}/nonResourceURLs`, { code: 'FIELD_INVALID', message, hint })
  }
  const compiled = compileParameters(spec.parameters ?? {})
  if ('reason' in compiled) reportParameters(compiled.reason, report)
  else checkReferences({ roles: spec.roles }, spec.parameters ?? {}, report)
}

const checkRbacGrant = ({ spec }: Of<'rbacGrants'>, model: FleetModel, report: Report): void => {
  checkSelector(spec.clusters as Selector, '/spec/clusters', model, report)
  checkKnown(spec.template.name, 'RBAC template', model.rbacTemplates, '/spec/template/name', model, report)
  const template = model.rbacTemplates.get(spec.template.name)
  if (template === undefined) return
  const roles = template.spec.roles.map(({ name }) => name)
  for (const [index, binding] of spec.bindings.entries()) {
    const { role } = binding
    const known = template.spec.roles.find(({ name }) => name === role)
    if (known) {
      for (const problem of checkBinding(binding, known)) report(`/spec/bindings/${index}${problem.pointer}`, problem)
      continue
    }
    const message = `unknown role "${role}" of template "${template.name}"`
    const hint = suggestOrList(role, roles, 'role')
    report(`/spec/bindings/${index}/role`, { code: 'REFERENCE_UNKNOWN', message, hint })
  }
  const compiled = compileParameters(template.spec.parameters ?? {})
  if ('reason' in compiled) return
  const given = (spec.template.arguments ?? {}) as JsonObject
  // What a text with a reference will be is known on each cluster only.
  if (listReferences(given).length > 0) return
  const { problems } = computeArguments(compiled.check, given, { name: '', labels: {} })
  for (const { pointer, at, ...problem } of problems) report(`/spec/template/arguments${pointer}`, problem, at)
}

/** What is said within a policy is checked where it is read. */
const checkAlertPolicy = ({ spec }: Of<'alertPolicies'>, model: FleetModel, report: Report): void => {
  checkNames(spec.severity, '/spec/severity', report)
  checkNames(spec.receivers, '/spec/receivers', report)
  if (spec.clusters === undefined) return
  const selector = spec.clusters as Selector
  checkSelector(selector, '/spec/clusters', model, report)
  if ('names' in selector || [...model.clusters.values()].some((cluster) => matchesSelector(selector, cluster))) return
  const hint = 'compare the labels with those of the clusters'
  report('/spec/clusters', { code: 'ALERT_POLICY_EMPTY', message: 'no cluster is selected', hint, severity: 'warning' })
}

type Of<Key extends 'clusters' | 'templates' | 'placements' | 'rbacTemplates' | 'rbacGrants' | 'alertPolicies'> =
  FleetModel[Key] extends ReadonlyMap<string, infer Document> ? Document : never

const checkComponents = (
  document: FleetDocument<{ readonly components?: readonly ComponentSpec[] }>,
  model: FleetModel,
  report: Report,
): void => {
  const { components = [] } = document.spec
  checkNames(components, '/spec/components', report)
  const context = { model, repositories: toRepositories(model), origin: document.origin, report }
  for (const [index, entry] of components.entries()) toComponentLayer(entry, `/spec/components/${index}`, context)
}

const checkNames = (items: readonly { readonly name: string }[] | undefined, pointer: string, report: Report): void => {
  const seen = new Set<string>()
  for (const [index, { name }] of (items ?? []).entries()) {
    if (seen.has(name)) {
      const message = `"${name}" is in this list twice`
      report(`${pointer}/${index}/name`, { code: 'NAME_DUPLICATE', message, hint: 'rename or remove one' })
    }
    seen.add(name)
  }
}

const checkSelector = (selector: Selector, pointer: string, model: FleetModel, report: Report): void => {
  if (!('names' in selector)) return
  for (const [index, name] of selector.names.entries()) {
    checkKnown(name, 'cluster', model.clusters, `${pointer}/names/${index}`, model, report)
  }
}

const KIND_OF = { cluster: 'Cluster', template: 'ClusterTemplate', 'RBAC template': 'RbacTemplate' } as const

const checkKnown = (
  name: string,
  what: keyof typeof KIND_OF,
  known: ReadonlyMap<string, unknown>,
  pointer: string,
  { broken }: FleetModel,
  report: Report,
): void => {
  if (known.has(name) || broken.has(`${KIND_OF[what]}/${name}`) || name.includes('${')) return
  const hint = suggestOrList(name, known.keys(), what)
  report(pointer, { code: 'REFERENCE_UNKNOWN', message: `unknown ${what} "${name}"`, hint })
}

/** Of every `${…}` it is known before any cluster uses it whether it can name something. */
const checkReferences = (value: object, parameters: object, report: Report): void => {
  const { properties = {}, additionalProperties } = parameters as {
    properties?: object
    additionalProperties?: unknown
  }
  const known = Object.keys(properties)
  for (const { name, pointer } of listReferences(value)) {
    if (name === 'cluster.name' || /^cluster\.labels\../.test(name)) continue
    const parameter = /^parameters\.(.+)$/.exec(name)?.[1]
    const declared = known.some((key) => parameter === key || parameter?.startsWith(`${key}.`))
    if (parameter !== undefined && (declared || additionalProperties)) continue
    report(`/spec${pointer}`, {
      code: 'VARIABLE_UNKNOWN',
      message: `\${${name}} names nothing`,
      hint: suggestOrList(name, [...known.map((key) => `parameters.${key}`), 'cluster.name'], 'variable'),
    })
  }
}

const reportParameters = (reason: string, report: Report): void =>
  report('/spec/parameters', {
    code: 'PARAMETERS_INVALID',
    message: `the parameters are not a JSON Schema: ${reason}`,
    hint: 'write type: object and properties: {name: {type: …}}',
  })
