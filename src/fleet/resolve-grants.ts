import type { JsonObject } from '../kube/object.ts'
import { compileParameters, computeArguments, type Parameters } from './arguments.ts'
import { checkBinding } from './grant-binding.ts'
import { API_VERSION } from './kind.ts'
import { createReport, type FleetDocument, type FleetModel, type Report } from './model.ts'
import type { Selector } from './policy.ts'
import { formatPosition, type Problem } from './problem.ts'
import { toPolicy } from './resolve-components.ts'
import type { ResolvedBinding, ResolvedComponent, ResolvedGrant, Variables } from './resolved.ts'
import type { ClusterSpec } from './schema/cluster.ts'
import type { RbacGrantSpec } from './schema/rbac-grant.ts'
import type { RbacTemplateSpec } from './schema/rbac-template.ts'
import { matchesSelector } from './selector.ts'
import { substitute } from './substitute.ts'
import { validate } from './validate.ts'

type Grant = FleetDocument<RbacGrantSpec>
type Template = FleetDocument<RbacTemplateSpec>
type Cluster = Pick<FleetDocument<ClusterSpec>, 'name' | 'labels'>

/** The component that a grant becomes on its clusters. */
export const toGrantComponent = (grant: string): string => `rbac-${grant}`

/** The components that the grants of a cluster become, by name. Problems are told, but for those of the documents alone. */
export const resolveGrants = (
  model: FleetModel,
  cluster: Cluster,
  others: readonly ResolvedComponent[],
  problems: Problem[],
): ResolvedComponent[] =>
  [...model.rbacGrants.values()]
    .filter(({ spec }) => matchesSelector(spec.clusters as Selector, cluster))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((grant) => {
      const template = model.rbacTemplates.get(grant.spec.template.name)
      if (template === undefined) return []
      const report = createReport(model.locate, grant.origin, problems)
      const taken = others.find(({ name }) => name === toGrantComponent(grant.name))
      if (taken) {
        report('/metadata/name', {
          code: 'COMPONENT_DUPLICATE',
          message: `component "${taken.name}" is on cluster ${cluster.name} twice: for this grant and at ${formatPosition(taken.origin)}`,
          hint: 'rename one of them',
        })
        return []
      }
      const reportTemplate = createReport(model.locate, template.origin, problems)
      const resolved = resolveGrant(grant, template, cluster, { report, reportTemplate })
      return resolved ? [toComponent(model, grant, resolved, cluster)] : []
    })

const resolveGrant = (
  grant: Grant,
  template: Template,
  { name, labels }: Cluster,
  { report, reportTemplate }: { readonly report: Report; readonly reportTemplate: Report },
): ResolvedGrant | undefined => {
  const { spec } = grant
  const compiled = prepareParameters(template)
  // An invalid schema was told when the documents were checked.
  if ('reason' in compiled) return undefined
  const cluster = { name, labels }
  const at = '/spec/template/arguments'
  const given = readAll(spec.template.arguments ?? {}, { parameters: {}, cluster }, at, report)
  if (given === undefined) return undefined
  const { values, problems } = computeArguments(compiled.check, given as JsonObject, cluster)
  for (const { pointer, at: part, ...problem } of problems) report(at + pointer, problem, part)
  if (problems.length > 0) return undefined
  const variables = { parameters: values, cluster }
  const used = new Set(spec.bindings.map(({ role }) => role))
  const roles = readAll(template.spec.roles, variables, '/spec/roles', reportTemplate)
  const bindings = readAll(spec.bindings, variables, '/spec/bindings', report)
  if (roles === undefined || bindings === undefined) return undefined
  const isWhole = [
    revalidate('RbacTemplate', { roles }, reportTemplate),
    revalidate('RbacGrant', { template: spec.template, clusters: {}, bindings }, report),
  ].every(Boolean)
  if (!isWhole) return undefined
  const wrong = bindings.flatMap((binding, index) => {
    const role = roles.find((each) => each.name === binding.role)
    // An unknown role was told, too.
    return role ? checkBinding(binding, role).map((problem) => ({ ...problem, index })) : [undefined]
  })
  for (const problem of wrong) if (problem) report(`/spec/bindings/${problem.index}${problem.pointer}`, problem)
  if (wrong.length > 0) return undefined
  return {
    name: grant.name,
    template: template.name,
    roles: roles.filter((role) => used.has(role.name)),
    bindings: bindings as readonly ResolvedBinding[],
    unmanaged: spec.unmanaged ?? 'report',
  }
}

// Many clusters share a template.
const prepared = new WeakMap<Template, Parameters>()

const prepareParameters = (template: Template): Parameters => {
  const known = prepared.get(template) ?? compileParameters(template.spec.parameters ?? {})
  prepared.set(template, known)
  return known
}

const readAll = <Value>(value: Value, variables: Variables, pointer: string, report: Report): Value | undefined => {
  const { value: replaced, problems } = substitute(value, variables)
  for (const { pointer: at, ...problem } of problems) report(pointer + at, problem)
  return problems.length > 0 ? undefined : replaced
}

/** Checked again, as what stands for a reference is only known now. */
const revalidate = (kind: 'RbacTemplate' | 'RbacGrant', spec: object, report: Report): boolean => {
  const found = validate(kind, { apiVersion: API_VERSION, kind, metadata: { name: 'x' }, spec })
  for (const { pointer, at, ...problem } of found) report(pointer, problem, at)
  return found.length === 0
}

const toComponent = (
  model: FleetModel,
  { name, spec, origin }: Grant,
  grant: ResolvedGrant,
  cluster: Cluster,
): ResolvedComponent => ({
  name: toGrantComponent(name),
  source: { type: 'grant', grant },
  policy: toPolicy(spec.drift === undefined ? {} : { drift: spec.drift }, model.fleet.spec),
  dependsOn: [],
  ...(spec.owner === undefined ? {} : { owner: spec.owner }),
  helm: { values: {}, valuesFiles: [] },
  kustomize: { images: [], patches: [] },
  jsonnet: { tlas: {}, extVars: {}, libs: [] },
  substitute: false,
  variables: { parameters: {}, cluster: { name: cluster.name, labels: cluster.labels } },
  get origin() {
    return model.locate(origin, '/metadata/name')
  },
})
