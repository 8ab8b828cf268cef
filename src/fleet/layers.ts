import type { SourcePosition } from '../base/errors.ts'
import type { JsonObject } from '../kube/object.ts'
import { computeArguments } from './arguments.ts'
import { type LayerContext, toRepositories } from './component-layer.ts'
import { formatGitRef } from './git-ref.ts'
import { createReport, type FleetDocument, type FleetModel } from './model.ts'
import type { Selector } from './policy.ts'
import { prepareTemplate } from './prepared-template.ts'
import type { Problem } from './problem.ts'
import type { GitRef, Variables } from './resolved.ts'
import type { ClusterSpec } from './schema/cluster.ts'
import type { ComponentSpec } from './schema/component.ts'
import type { ProviderSpec, ShapeSpec } from './schema/shape.ts'
import { matchesSelector } from './selector.ts'
import { listReferences, substitute } from './substitute.ts'
import { suggestOrList } from './suggest.ts'
import { type SchemaName, validate } from './validate.ts'

/** What one document says of a cluster, and what `${…}` stands for in it. */
export type Layer = LayerContext & {
  readonly kind: 'template' | 'placement' | 'cluster'
  readonly spec: {
    readonly shape?: ShapeSpec
    readonly provider?: ProviderSpec
    readonly components?: readonly ComponentSpec[]
  }
  readonly variables: Variables
  readonly locate: (pointer: string) => SourcePosition
}

/** Templates at the versions that clusters pin, by {@link formatGitRef}; an Error says why one could not be read. */
export type PinnedModels = ReadonlyMap<string, FleetModel | Error>

/** The layers of a cluster, the innermost first; undefined where there is an error in them (told, unless told before). */
export const listLayers = (
  model: FleetModel,
  cluster: FleetDocument<ClusterSpec>,
  pinned: PinnedModels,
  problems: Problem[],
): Layer[] | undefined => {
  const repositories = toRepositories(model)
  const names = { name: cluster.name, labels: cluster.labels }
  const toLayer = (
    kind: Layer['kind'],
    document: FleetDocument<Layer['spec']>,
    parameters: JsonObject,
    from: { readonly model: FleetModel; readonly ref?: GitRef } = { model },
  ): Layer => ({
    kind,
    spec: document.spec,
    origin: document.origin,
    ...from,
    repositories,
    variables: { parameters, cluster: names },
    report: createReport(from.model.locate, document.origin, problems, {
      version: from.ref && formatGitRef(from.ref),
    }),
    locate: (pointer) => from.model.locate(document.origin, pointer),
  })
  const template = cluster.spec.template && findTemplate(model, cluster, pinned, problems)
  if (cluster.spec.template && !template) return undefined
  const placements = [...model.placements.values()]
    .filter(({ spec }) => matchesSelector(spec.clusters as Selector, cluster))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((placement) => {
      const given = toLayer('placement', placement, {})
      const parameters = readValue((placement.spec.arguments ?? {}) as JsonObject, '/spec/arguments', undefined, given)
      return toLayer('placement', placement, parameters ?? {})
    })
  return [
    ...(template?.documents.map((document) => toLayer('template', document, template.parameters, template.from)) ?? []),
    ...placements,
    toLayer('cluster', cluster, template?.parameters ?? {}),
  ]
}

/** A value of a layer with its `${…}` replaced and checked again; undefined where that gave problems (told). */
export const readValue = <Value>(
  value: Value,
  pointer: string,
  schema: SchemaName | undefined,
  { variables, report }: Pick<Layer, 'variables' | 'report'>,
): Value | undefined => {
  const replaced = substitute(value, variables)
  for (const { pointer: at, ...problem } of replaced.problems) report(pointer + at, problem)
  if (replaced.problems.length > 0) return undefined
  if (schema === undefined || listReferences(value).length === 0) return replaced.value
  const found = validate(schema, replaced.value)
  for (const { pointer: at, at: part, ...problem } of found) report(pointer + at, problem, part)
  return found.length > 0 ? undefined : replaced.value
}

const findTemplate = (
  model: FleetModel,
  cluster: FleetDocument<ClusterSpec>,
  pinned: PinnedModels,
  problems: Problem[],
) => {
  const { name, ref, arguments: given = {} } = cluster.spec.template!
  const report = createReport(model.locate, cluster.origin, problems)
  const version = ref && formatGitRef(ref as GitRef)
  const found = version === undefined ? model : pinned.get(version)
  if (found === undefined || found instanceof Error || (version !== undefined && isBroken(found, name))) {
    const reason =
      found === undefined
        ? 'only the current version is at hand'
        : found instanceof Error
          ? found.message
          : `template "${name}" has problems there`
    const hint = 'lockstep validate --revision shows the problems of another version'
    report('/spec/template/ref', {
      code: 'TEMPLATE_VERSION_UNREADABLE',
      message: `${version} cannot be used: ${reason}`,
      hint,
    })
    return undefined
  }
  const template = prepareTemplate(found, name)
  if (template.type === 'unknown') {
    if (isBroken(found, template.name)) return undefined
    const place = template.from ? createReport(found.locate, template.from.origin, problems, { version }) : report
    place(template.from ? '/spec/extends' : '/spec/template/name', {
      code: 'REFERENCE_UNKNOWN',
      message: `unknown template "${template.name}"`,
      hint: suggestOrList(template.name, found.templates.keys(), 'ClusterTemplate'),
    })
    return undefined
  }
  if (template.type === 'cycle') {
    reportExtendsCycle(found, template.names, problems, version)
    return undefined
  }
  // An invalid schema was told when the templates were checked.
  if ('reason' in template.compiled) return undefined
  const names = { name: cluster.name, labels: cluster.labels }
  const at = '/spec/template/arguments'
  const values = readValue(given as JsonObject, at, undefined, {
    variables: { parameters: {}, cluster: names },
    report,
  })
  if (values === undefined) return undefined
  const { values: parameters, problems: wrong } = computeArguments(template.compiled.check, values, names)
  for (const { pointer, at: part, ...problem } of wrong) report(at + pointer, problem, part)
  if (wrong.length > 0) return undefined
  return { documents: template.templates, parameters, from: { model: found, ...(ref && { ref: ref as GitRef }) } }
}

/** Tells that templates extend each other in a circle, at the first of them. */
export const reportExtendsCycle = (
  model: FleetModel,
  names: readonly string[],
  problems: Problem[],
  version?: string,
): void =>
  createReport(model.locate, model.templates.get(names[0]!)!.origin, problems, { version })('/spec/extends', {
    code: 'EXTENDS_CYCLE',
    message: `templates extend each other: ${names.join(' → ')}`,
    hint: 'remove one extends of the circle',
  })

const isBroken = (model: FleetModel, template: string): boolean => model.broken.has(`ClusterTemplate/${template}`)
