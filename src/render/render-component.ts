import { readdir, readFile, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { resolveBelow } from '../base/disk-tree.ts'
import type { EnginePaths, FleetPath, ResolvedComponent } from '../fleet/resolved.ts'
import type { SourceResolver } from '../source/artifact.ts'
import { createRenderCache, type RenderCache, toCacheKey } from './cache.ts'
import type { DesiredGrant, DesiredObject } from './desired.ts'
import { digestFolder } from './digest-folder.ts'
import { identifyEngines } from './engines.ts'
import { createRenderError } from './errors.ts'
import { readChartTraits } from './helm/chart-traits.ts'
import { listLocalDependencies } from './helm/local-dependencies.ts'
import { renderHelm } from './helm/render-helm.ts'
import { ENGINE_DIGEST } from './jsonnet/engine-digest.ts'
import { listBases } from './kustomize/local-bases.ts'
import { renderKustomize } from './kustomize/render-kustomize.ts'
import { normalizeDocuments } from './normalize.ts'
import { isManifestFile, readManifestFile, renderPlain } from './plain/render-plain.ts'
import type { Capabilities, RenderContext, RenderedDocument, SourceFolder } from './rendered.ts'
import { findSourceType } from './source-type.ts'

/** What rendering needs of the world. */
export type RenderDeps = {
  readonly cacheDir: string
  /** What the clusters of one run share; by default each rendering is read from the disk anew. */
  readonly renders?: RenderCache
  readonly engines: EnginePaths
  /** Digests of folders by their paths, where what is in them does not change. */
  readonly digests?: Map<string, Promise<string>>
  /** The fleet repository's files on disk, at the version that a path names or at the one at hand. */
  readonly checkOut: (ref: FleetPath['ref']) => Promise<{ readonly directory: string }>
  readonly sources: SourceResolver
}

/** What one component renders to. */
export type RenderedComponent = {
  readonly objects: readonly DesiredObject[]
  readonly warnings: readonly string[]
  readonly source: string
  readonly grant?: DesiredGrant
  /** What the cache gave: while it is held, whoever renders the same gets the same. */
  readonly rendering?: object
}

/** A source on disk. */
type Located =
  | {
      readonly type: 'folder'
      readonly folder: SourceFolder
      readonly description: string
      readonly warnings: readonly string[]
      readonly digest?: string
    }
  | {
      readonly type: 'chart'
      readonly file: string
      readonly digest: string
      readonly description: string
      readonly warnings: readonly string[]
    }

/** Renders one component for one cluster, from the cache where everything it depends on is the same. */
export const renderComponent = async (
  component: ResolvedComponent,
  capabilities: Capabilities | undefined,
  deps: RenderDeps,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RenderedComponent> => {
  const located = await locateSource(component, deps, options)
  const renders = deps.renders ?? createRenderCache(deps.cacheDir)
  const content = located.digest ?? (located.type === 'folder' ? await digestOnce(located.folder, deps) : '')
  const key = toCacheKey({
    content,
    path: toPath(located),
    name: component.name,
    namespace: component.namespace ?? null,
    substitute: component.substitute ? component.variables : null,
    helm: component.helm as never,
    kustomize: component.kustomize as never,
    jsonnet: component.jsonnet as never,
    files: await digestReferences(component, deps),
    engines: [await identifyEngines(deps.engines), ENGINE_DIGEST],
    // Only charts ask what the cluster can do, and few do.
    capabilities:
      capabilities && (await usesCapabilities(component, located, content, renders, deps))
        ? [capabilities.kubeVersion, capabilities.apiVersions.toSorted()]
        : null,
  })
  const rendering = await renders.get(key, () => renderLocated(component, located, capabilities, deps, options))
  return {
    objects: rendering.objects,
    warnings: [...located.warnings, ...rendering.warnings],
    source: located.description,
    rendering,
  }
}

const digestOnce = (folder: SourceFolder, { digests }: RenderDeps): Promise<string> => {
  const key = JSON.stringify([folder.root, folder.path])
  const digest = digests?.get(key) ?? digestFolder(folder)
  digests?.set(key, digest)
  // What could not be read may be there the next time.
  digest.catch(() => digests?.delete(key))
  return digest
}

const locateSource = async (
  component: ResolvedComponent,
  deps: RenderDeps,
  options: { readonly signal?: AbortSignal },
): Promise<Located> => {
  const { source } = component
  if (source.type === 'path') {
    const { directory } = await deps.checkOut(source.ref)
    if ((await resolveBelow(directory, source.path)) === undefined) throw createMissing(source.path, component)
    return {
      type: 'folder',
      folder: { root: directory, path: source.path },
      description: `path ${source.path}`,
      warnings: [],
    }
  }
  if (source.type === 'grant') throw createMissing(source.grant.name, component)
  const artifact = await deps.sources.fetch(source, options)
  const { description, digest, warnings } = artifact
  return artifact.type === 'chart'
    ? { type: 'chart', file: artifact.file, digest, description, warnings }
    : { type: 'folder', folder: { root: artifact.tree.directory, path: artifact.path }, digest, description, warnings }
}

const createMissing = (path: string, component: ResolvedComponent): Error =>
  createRenderError('SOURCE_PATH_MISSING', `component ${component.name}: there is nothing at ${path}`, {
    subject: component.name,
    position: component.origin,
    hint: 'paths are relative to the document that names them',
  })

const readFleetFile = async (path: FleetPath, deps: RenderDeps): Promise<string> => {
  const { root } = await findFleetPath(path, deps)
  return readFile(join(root, path.path), 'utf8')
}

/** A file or folder of the fleet repository that a component names beside its source. */
const findFleetPath = async ({ path, ref }: FleetPath, deps: RenderDeps): Promise<SourceFolder> => {
  const { directory } = await deps.checkOut(ref)
  if ((await resolveBelow(directory, path)) !== undefined) return { root: directory, path }
  throw createRenderError('SOURCE_PATH_MISSING', `there is nothing at ${path}`, {
    subject: path,
    hint: 'paths are relative to the document that names them',
  })
}

/** Files that a component names beside its source: values, patches, libraries. */
const digestReferences = async (
  { helm, kustomize, jsonnet }: ResolvedComponent,
  deps: RenderDeps,
): Promise<readonly string[]> => {
  const paths = [...helm.valuesFiles, ...kustomize.patches.flatMap(({ file }) => (file ? [file] : [])), ...jsonnet.libs]
  return Promise.all(
    paths.map(async ({ path, ref }) => {
      const { directory } = await deps.checkOut(ref)
      return digestOnce({ root: directory, path }, deps)
    }),
  )
}

const usesCapabilities = async (
  { helm }: ResolvedComponent,
  located: Located,
  content: string,
  renders: RenderCache,
  deps: RenderDeps,
): Promise<boolean> => {
  const traits = await renders.get(toCacheKey({ traits: content, path: toPath(located) }), async () => {
    const all = await Promise.all((await listCharts(located)).map((chart) => readChartTraits(chart)))
    return { isChart: all.length > 0, usesCapabilities: all.some((chart) => chart.usesCapabilities) }
  })
  if (traits.usesCapabilities || !traits.isChart) return traits.usesCapabilities
  if (JSON.stringify(helm.values).includes('Capabilities')) return true
  const texts = await Promise.all(helm.valuesFiles.map((file) => readFleetFile(file, deps)))
  return texts.some((text) => text.includes('Capabilities'))
}

const listCharts = async (located: Located): Promise<string[]> => {
  if (located.type === 'chart') return [located.file]
  const path = join(located.folder.root, located.folder.path)
  if (!(await stat(path)).isDirectory()) return isChartArchive(path) ? [path] : []
  const files = await readdir(path, { recursive: true })
  return files.filter((file) => posix.basename(file) === 'Chart.yaml').map((file) => join(path, posix.dirname(file)))
}

const isChartArchive = (name: string): boolean => name.endsWith('.tgz')

const toPath = (located: Located): string => (located.type === 'folder' ? located.folder.path : '')

const renderLocated = async (
  component: ResolvedComponent,
  located: Located,
  capabilities: Capabilities | undefined,
  deps: RenderDeps,
  options: { readonly signal?: AbortSignal },
): Promise<{ objects: DesiredObject[]; warnings: string[] }> => {
  const warnings: string[] = []
  const warn = (warning: string): void => {
    if (!warnings.includes(warning)) warnings.push(warning)
  }
  const context: RenderContext = {
    component,
    cacheDir: deps.cacheDir,
    engines: deps.engines,
    capabilities,
    readFleetFile: (path) => readFleetFile(path, deps),
    findFleetFolder: (path) => findFleetPath(path, deps),
    warn,
    ...(options.signal ? { signal: options.signal } : {}),
  }
  const documents =
    located.type === 'chart'
      ? await renderHelm({ path: located.file, name: located.description }, context)
      : await renderFolder(located.folder, context, deps)
  const objects = normalizeDocuments(documents, { component, warn })
  if (objects.length === 0) warn('it renders to nothing: what is on the cluster stays')
  return { objects, warnings }
}

const renderFolder = async (
  folder: SourceFolder,
  context: RenderContext,
  deps: RenderDeps,
): Promise<RenderedDocument[]> => {
  const path = join(folder.root, folder.path)
  const name = posix.basename(folder.path)
  if (!(await stat(path)).isDirectory()) {
    if (isChartArchive(name)) return renderHelm({ path, name }, context)
    if (isManifestFile(name)) return readManifestFile(folder)
    throw createRenderError('RENDER_FAILED', `${folder.path} is neither a folder, nor manifests, nor a chart`, {
      subject: folder.path,
    })
  }
  switch (findSourceType(await readdir(path))) {
    case 'helm':
      return renderHelm({ path, name }, context)
    case 'kustomize':
      return renderKustomize(folder, context)
    case 'jsonnet':
      // A module of some megabytes that most runs do without: loaded when it is needed.
      return (await import('./jsonnet/render-jsonnet.ts')).renderJsonnet(folder, context)
    case 'plain':
      return renderPlain(folder, {
        renderFolder: (below) => renderFolder(below, context, deps),
        listParts: async (below) => [...(await listBases(below)), ...(await listLocalDependencies(below))],
        warn: context.warn,
      })
  }
}
