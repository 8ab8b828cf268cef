import { resolveFleetPath } from './documents.ts'
import type { DocumentOrigin } from './locate.ts'
import { BROKEN_FLEET, type FleetModel, type ProblemText, type Report } from './model.ts'
import { toPointer } from './pointer.ts'
import type { FleetPath, GitRef, KustomizePatch, ResolvedRepository, ResolvedSource } from './resolved.ts'
import type { ComponentSpec } from './schema/component.ts'
import type { FleetSpec } from './schema/fleet.ts'
import { suggest, suggestOrList } from './suggest.ts'
import { hasReference } from './validate.ts'

/** What one document says of a component, its paths and repositories resolved. */
export type ComponentLayer = Omit<ComponentSpec, 'source' | 'helm' | 'kustomize' | 'jsonnet'> & {
  readonly source?: ResolvedSource
  readonly helm?: Omit<NonNullable<ComponentSpec['helm']>, 'valuesFiles'> & {
    readonly valuesFiles?: readonly FleetPath[]
  }
  readonly kustomize?: Omit<NonNullable<ComponentSpec['kustomize']>, 'patches'> & {
    readonly patches?: readonly KustomizePatch[]
  }
  readonly jsonnet?: Omit<NonNullable<ComponentSpec['jsonnet']>, 'libs'> & { readonly libs?: readonly FleetPath[] }
}

/** Where a component entry comes from. */
export type LayerContext = {
  /** The repository that the document is in: the current one, or that of a pinned version. */
  readonly model: FleetModel
  /** The current Fleet's repositories; undefined where they are not known. */
  readonly repositories: ReadonlyMap<string, ResolvedRepository> | undefined
  readonly origin: DocumentOrigin
  readonly report: Report
  /** Of a pinned template. */
  readonly ref?: GitRef
}

/** The repositories of a fleet by name. */
export const toRepositories = (model: FleetModel): ReadonlyMap<string, ResolvedRepository> | undefined =>
  model.broken.has(BROKEN_FLEET)
    ? undefined
    : new Map((model.fleet.spec.repositories ?? []).map((repository) => [repository.name, toRepository(repository)]))

/** Resolves what a component entry refers to; undefined where its source does not hold. Texts that still hold `${…}` are let through. */
export const toComponentLayer = (
  entry: ComponentSpec,
  pointer: string,
  context: LayerContext,
): ComponentLayer | undefined => {
  const { source, helm, kustomize, jsonnet, ...rest } = entry
  const toPath = (path: string, ...at: (string | number)[]) =>
    toFleetPath(path, pointer + toPointer(...at), context) ?? { path }
  const resolved = source && toSource(source, `${pointer}/source`, context)
  if (source && !resolved) return undefined
  return {
    ...rest,
    ...(resolved && { source: resolved }),
    ...(helm && {
      helm: { ...helm, valuesFiles: (helm.valuesFiles ?? []).map((file, i) => toPath(file, 'helm', 'valuesFiles', i)) },
    }),
    ...(kustomize && {
      kustomize: {
        ...kustomize,
        patches: (kustomize.patches ?? []).map(({ path, ...patch }, i) => ({
          ...patch,
          ...(path === undefined ? {} : { file: toPath(path, 'kustomize', 'patches', i, 'path') }),
        })),
      },
    }),
    ...(jsonnet && {
      jsonnet: { ...jsonnet, libs: (jsonnet.libs ?? []).map((folder, i) => toPath(folder, 'jsonnet', 'libs', i)) },
    }),
  } as ComponentLayer
}

const toSource = (
  source: NonNullable<ComponentSpec['source']>,
  pointer: string,
  context: LayerContext,
): ResolvedSource | undefined => {
  const { path, chart, version, ref } = source
  if (source.repository === undefined) {
    const resolved = toFleetPath(path!, `${pointer}/path`, context)
    return resolved && { type: 'path', ...resolved }
  }
  const repository = findRepository(source.repository, chart === undefined ? 'git' : 'helm', pointer, context)
  if (repository === undefined) return undefined
  if (repository.type === 'helm') return { type: 'chart', chart: chart!, repository, version: version! }
  const outside = path!.split('/').includes('..')
  if (outside) context.report(`${pointer}/path`, toOutside(path!, `repository ${repository.name}`))
  const wanted = (ref as GitRef | undefined) ?? repository.ref
  return outside ? undefined : { type: 'git', repository, path: path!, ...(wanted && { ref: wanted }) }
}

const findRepository = (
  name: string,
  type: ResolvedRepository['type'],
  pointer: string,
  { repositories, report }: LayerContext,
): ResolvedRepository | undefined => {
  if (repositories === undefined || hasReference(name)) return undefined
  const found = repositories.get(name)
  if (found?.type === type) return found
  const message = found
    ? `repository "${name}" is a ${found.type === 'git' ? 'Git' : 'Helm'} repository`
    : `unknown repository "${name}"`
  const hint = found
    ? `a chart needs a Helm repository, a path a Git repository`
    : suggestOrList(name, repositories.keys(), 'repository in fleet.yaml')
  report(`${pointer}/repository`, { code: 'REFERENCE_UNKNOWN', message, hint })
  return undefined
}

const toFleetPath = (
  path: string,
  pointer: string,
  { origin, report, model, ref }: LayerContext,
): FleetPath | undefined => {
  if (hasReference(path)) return { path }
  const resolved = resolveFleetPath(origin, path)
  if (resolved === undefined) {
    report(pointer, toOutside(path, 'the repository'))
    return undefined
  }
  if (!model.paths.has(resolved)) {
    const hint = suggest(resolved, model.paths) ?? 'paths are relative to the document that names them'
    report(pointer, { code: 'SOURCE_MISSING', message: `there is nothing at ${resolved}`, hint })
    return undefined
  }
  return { path: resolved, ...(ref && { ref }) }
}

const toOutside = (path: string, what: string): ProblemText => ({
  code: 'SOURCE_OUTSIDE',
  message: `"${path}" leads out of ${what}`,
  hint: 'keep every path inside, or name another repository',
})

const toRepository = (spec: NonNullable<FleetSpec['repositories']>[number]): ResolvedRepository => {
  const credentials = spec.credentials && { credentials: spec.credentials }
  const common = { name: spec.name, ...credentials }
  return (
    spec.git ? { type: 'git', ...common, ...spec.git } : { type: 'helm', ...common, ...spec.helm }
  ) as ResolvedRepository
}
