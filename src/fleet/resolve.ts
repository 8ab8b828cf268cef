import { posix } from 'node:path'
import { toError } from '../base/errors.ts'
import type { ReadOptions } from '../base/file-tree.ts'
import { createFleetError } from './errors.ts'
import { formatGitRef } from './git-ref.ts'
import { type Layer, listLayers, type PinnedModels, readValue } from './layers.ts'
import { mergeLayers } from './merge.ts'
import { createReport, type FleetModel } from './model.ts'
import { sortProblems } from './parse.ts'
import type { Problem } from './problem.ts'
import { resolveComponents } from './resolve-components.ts'
import { resolveGrants } from './resolve-grants.ts'
import type { GitRef, ResolvedCluster, ResolvedFleet, ResolvedProvider, ResolvedShape } from './resolved.ts'
import type { ProviderSpec, ShapeSpec } from './schema/shape.ts'
import { suggestOrList } from './suggest.ts'

/** What resolving needs from outside. */
export type ResolveDeps = {
  /** The fleet repository at another version, for templates that are pinned to one. */
  readonly templateAt?: (ref: GitRef, options: ReadOptions) => Promise<FleetModel>
}

/** Resolves the clusters of a fleet, or only those named. Clusters with problems are left out. */
export const resolveFleet = async (
  model: FleetModel,
  deps: ResolveDeps = {},
  options: ReadOptions & { readonly clusters?: readonly string[] } = {},
): Promise<{ readonly fleet: ResolvedFleet; readonly problems: readonly Problem[] }> => {
  const names = options.clusters ?? [...model.clusters.keys()].sort()
  const pinned = await readPinned(model, names, deps, options)
  const results = names.map((name) => resolveCluster(model, name, { pinned }))
  const { deletionGuard, rollout, freeze, engines } = model.fleet.spec
  return {
    fleet: {
      name: model.fleet.name,
      clusters: results.flatMap(({ cluster }) => cluster ?? []),
      deletionGuard: { maxObjects: 20, maxPercent: 25, ...deletionGuard },
      rollout: (rollout ?? {}) as ResolvedFleet['rollout'],
      freeze: (freeze ?? []) as ResolvedFleet['freeze'],
      engines: (engines ?? {}) as ResolvedFleet['engines'],
      alertPolicies: await resolveAlertPolicies(model),
    },
    problems: foldProblems(results.map(({ problems }) => problems)),
  }
}

/** Everything the fleet says of one cluster: Fleet defaults < templates, the innermost first < Placements by name < Cluster. */
export const resolveCluster = (
  model: FleetModel,
  name: string,
  options: { readonly pinned?: PinnedModels } = {},
): { readonly cluster: ResolvedCluster | undefined; readonly problems: readonly Problem[] } => {
  const document = model.clusters.get(name)
  if (document === undefined) {
    const hint = suggestOrList(name, model.clusters.keys(), 'cluster in this fleet')
    throw createFleetError('CLUSTER_UNKNOWN', `cluster "${name}" is not in the fleet`, {
      subject: name,
      ...(hint && { hint }),
    })
  }
  const problems: Problem[] = []
  const layers = listLayers(model, document, options.pinned ?? new Map(), problems)
  if (layers === undefined) return { cluster: undefined, problems }
  const shape = layers.reduce<ShapeSpec>((inner, layer) => {
    const outer = layer.spec.shape && readValue(layer.spec.shape, '/spec/shape', 'shape', layer)
    return outer ? mergeLayers(inner, outer) : inner
  }, {})
  const provider = layers.reduce(mergeProvider, undefined as ProviderSpec | undefined)
  const stated = resolveComponents(layers, name, model.fleet.spec)
  const components = [...stated, ...resolveGrants(model, document, stated, problems)]
  if (provider === undefined && problems.length === 0) {
    createReport(
      model.locate,
      document.origin,
      problems,
    )('/spec', {
      code: 'PROVIDER_MISSING',
      message: `neither cluster ${name} nor its template has a provider`,
      hint: 'for a cluster that exists: provider: {existing: {kubeconfig: {context: …}}}',
    })
  }
  if (provider === undefined || problems.length > 0) return { cluster: undefined, problems }
  const { template } = document.spec
  const cluster: ResolvedCluster = {
    name,
    labels: document.labels,
    provider: toProvider(provider),
    shape: shape as ResolvedShape,
    ...(template && { template: { name: template.name, ...(template.ref && { ref: template.ref as GitRef }) } }),
    components,
    get origin() {
      return model.locate(document.origin, '/metadata/name')
    },
  }
  return { cluster, problems }
}

/** Their problems are told when the fleet is parsed. */
const resolveAlertPolicies = async (model: FleetModel): Promise<ResolvedFleet['alertPolicies']> => {
  if (model.alertPolicies.size === 0) return []
  const { readAlertPolicies } = await import('./read-alert-policy.ts')
  return readAlertPolicies(model).policies
}

const readPinned = async (
  model: FleetModel,
  clusters: readonly string[],
  { templateAt }: ResolveDeps,
  { signal }: ReadOptions,
): Promise<PinnedModels> => {
  const refs = clusters.flatMap((name) => (model.clusters.get(name)?.spec.template?.ref as GitRef | undefined) ?? [])
  const unique = new Map(refs.map((ref) => [formatGitRef(ref), ref]))
  if (templateAt === undefined) return new Map()
  const read = [...unique].map(async ([key, ref]): Promise<[string, FleetModel | Error]> => {
    try {
      return [key, await templateAt(ref, signal ? { signal } : {})]
    } catch (error) {
      signal?.throwIfAborted()
      return [key, toError(error)]
    }
  })
  return new Map(await Promise.all(read))
}

/** An outer provider of the same type changes fields of it; one of another type takes its place. */
const mergeProvider = (inner: ProviderSpec | undefined, layer: Layer): ProviderSpec | undefined => {
  const given = layer.spec.provider && readValue(layer.spec.provider, '/spec/provider', 'provider', layer)
  if (given === undefined) return inner
  const path = given.existing?.kubeconfig.path
  const outer: ProviderSpec =
    path === undefined || /^(\/|~\/)/.test(path)
      ? given
      : {
          existing: {
            kubeconfig: { ...given.existing!.kubeconfig, path: posix.join(posix.dirname(layer.origin.file), path) },
          },
        }
  return inner && toType(inner) === toType(outer) ? mergeLayers(inner, outer) : outer
}

const toProvider = (spec: ProviderSpec): ResolvedProvider => {
  const type = toType(spec)
  return { type, ...(type === 'clusterAPI' ? { variables: {} } : {}), ...spec[type] } as ResolvedProvider
}

const toType = (spec: ProviderSpec) => Object.keys(spec)[0] as ResolvedProvider['type']

/** The same problem on many clusters is told once. */
const foldProblems = (byCluster: readonly (readonly Problem[])[]): Problem[] => {
  const folded = new Map<string, { problem: Problem; count: number }>()
  for (const problem of byCluster.flat()) {
    const key = JSON.stringify([problem.code, problem.file, problem.line, problem.column, problem.path])
    const known = folded.get(key)
    if (known) known.count++
    else folded.set(key, { problem, count: 1 })
  }
  return sortProblems(
    [...folded.values()].map(({ problem, count }) =>
      count === 1 || !problem.message.includes('cluster ')
        ? problem
        : { ...problem, message: `${problem.message}, and on ${count - 1} more` },
    ),
  )
}
