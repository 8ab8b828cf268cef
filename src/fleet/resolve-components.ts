import { parseDuration } from '../base/duration.ts'
import { type ComponentLayer, toComponentLayer } from './component-layer.ts'
import { type Layer, readValue } from './layers.ts'
import { mergeLayers } from './merge.ts'
import type { ComponentPolicy } from './policy.ts'
import { formatPosition } from './problem.ts'
import type { ResolvedComponent, ResolvedSource } from './resolved.ts'
import type { FleetSpec } from './schema/fleet.ts'
import { suggest, suggestOrList } from './suggest.ts'
import { toCycle } from './template-chain.ts'

/** The components of a cluster from its layers, sorted by name. Problems go to the reports of the layers. */
export const resolveComponents = (layers: readonly Layer[], cluster: string, fleet: FleetSpec): ResolvedComponent[] => {
  const { merged, failed } = mergeComponents(layers, cluster)
  const withSource = [...merged.values()].filter((component) => hasSource(component, merged, cluster))
  const enabled = withSource.filter(({ layer }) => layer.enabled !== false)
  checkDependencies(enabled, { merged, failed }, cluster)
  return enabled.map((component) => toResolved(component, fleet)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

type Merged = {
  readonly layer: ComponentLayer
  /** Where the source is said, else the first place. */
  readonly definition: Place
  /** Every document that says something of it. */
  readonly places: readonly Place[]
}
type Place = { readonly from: Layer; readonly pointer: string; readonly layer: ComponentLayer }

const mergeComponents = (layers: readonly Layer[], cluster: string) => {
  const merged = new Map<string, Merged>()
  const failed = new Set<string>()
  for (const from of layers) {
    for (const [index, entry] of (from.spec.components ?? []).entries()) {
      const pointer = `/spec/components/${index}`
      const value = readValue(entry, pointer, 'component', from)
      const layer = value && toComponentLayer(value, pointer, from)
      if (layer === undefined) {
        failed.add(value?.name ?? entry.name)
        continue
      }
      const place = { from, pointer, layer }
      const known = merged.get(layer.name)
      if (known?.layer.source && layer.source && from.kind === 'placement') {
        const other = formatPosition(known.definition.from.locate(`${known.definition.pointer}/name`))
        from.report(`${pointer}/name`, {
          code: 'COMPONENT_DUPLICATE',
          message: `component "${layer.name}" is on cluster ${cluster} twice: here and at ${other}`,
          hint: 'rename one; to change a component that is there, leave out its source',
        })
        continue
      }
      merged.set(layer.name, {
        layer: known ? mergeLayers(known.layer, layer) : layer,
        definition: known && !layer.source ? known.definition : place,
        places: [...(known?.places ?? []), place],
      })
    }
  }
  for (const name of failed) merged.delete(name)
  return { merged, failed }
}

const hasSource = ({ layer, definition }: Merged, all: ReadonlyMap<string, Merged>, cluster: string): boolean => {
  if (layer.source) return true
  const others = [...all.values()].flatMap((other) => (other.layer.source ? [other.layer.name] : []))
  definition.from.report(`${definition.pointer}/name`, {
    code: 'COMPONENT_SOURCELESS',
    message: `component "${layer.name}" has no source, and cluster ${cluster} has no component of this name to change`,
    hint: suggest(layer.name, others) ?? 'give it a source',
  })
  return false
}

const checkDependencies = (
  enabled: readonly Merged[],
  { merged, failed }: ReturnType<typeof mergeComponents>,
  cluster: string,
): void => {
  const names = new Set(enabled.map(({ layer }) => layer.name))
  for (const { layer, places } of enabled) {
    for (const needed of layer.dependsOn ?? []) {
      if (names.has(needed) || failed.has(needed)) continue
      const place = places.find((candidate) => candidate.layer.dependsOn?.includes(needed))!
      const disabled = merged.has(needed)
      place.from.report(`${place.pointer}/dependsOn/${place.layer.dependsOn!.indexOf(needed)}`, {
        code: 'REFERENCE_UNKNOWN',
        message: `component "${layer.name}" depends on "${needed}", which is ${disabled ? 'disabled' : 'not'} on cluster ${cluster}`,
        hint: disabled ? `enable "${needed}" or remove the dependency` : suggestOrList(needed, names, 'component'),
      })
    }
  }
  const cycle = findCycle(enabled)
  if (cycle === undefined) return
  const first = enabled.find(({ layer }) => layer.name === cycle[0])!
  const place = first.places.find(({ layer }) => layer.dependsOn?.includes(cycle[1]!))!
  place.from.report(`${place.pointer}/dependsOn`, {
    code: 'DEPENDENCY_CYCLE',
    message: `components depend on each other: ${cycle.join(' → ')}`,
    hint: 'remove one dependency of the circle',
  })
}

const findCycle = (components: readonly Merged[]): string[] | undefined => {
  const needs = new Map(components.map(({ layer }) => [layer.name, layer.dependsOn ?? []]))
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(name)) return toCycle(way.slice(way.indexOf(name)))
    if (done.has(name)) return undefined
    for (const needed of needs.get(name) ?? []) {
      const cycle = visit(needed, [...way, name])
      if (cycle) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const name of [...needs.keys()].sort()) {
    const cycle = visit(name, [])
    if (cycle) return cycle
  }
  return undefined
}

const toResolved = ({ layer, definition }: Merged, fleet: FleetSpec): ResolvedComponent => ({
  name: layer.name,
  source: layer.source as ResolvedSource,
  policy: toPolicy(layer, fleet),
  ...(layer.namespace !== undefined && { namespace: layer.namespace }),
  dependsOn: layer.dependsOn ?? [],
  ...(layer.owner !== undefined && { owner: layer.owner }),
  ...(layer.serviceAccount !== undefined && { serviceAccount: layer.serviceAccount }),
  helm: { values: {}, valuesFiles: [], ...(layer.helm as Partial<ResolvedComponent['helm']>) },
  kustomize: { images: [], patches: [], ...(layer.kustomize as Partial<ResolvedComponent['kustomize']>) },
  jsonnet: { tlas: {}, extVars: {}, libs: [], ...(layer.jsonnet as Partial<ResolvedComponent['jsonnet']>) },
  substitute: layer.substitute ?? false,
  variables: definition.from.variables,
  // A getter, as positions cost several times what values do and are rarely asked for.
  get origin() {
    return definition.from.locate(definition.pointer)
  },
})

const DEFAULTS = { apply: 'auto', drift: 'heal', prune: true, adopt: 'ifUnowned', wait: '5m', interval: '10m' } as const

/** How a component is enforced: as it says itself, else as the Fleet says. */
export const toPolicy = (layer: Partial<ComponentLayer>, { defaults, ignore = [] }: FleetSpec): ComponentPolicy => {
  const { apply, drift, prune, adopt, wait, interval } = { ...DEFAULTS, ...defaults, ...layer }
  return {
    apply,
    drift,
    prune,
    adopt: adopt as ComponentPolicy['adopt'],
    replace: layer.replace ?? false,
    waitMs: parseDuration(wait),
    intervalMs: parseDuration(interval),
    exclusive: (layer.exclusive ?? []) as ComponentPolicy['exclusive'],
    ignore: [...ignore, ...(layer.ignore ?? [])] as ComponentPolicy['ignore'],
    health: (layer.health ?? []) as ComponentPolicy['health'],
  }
}
