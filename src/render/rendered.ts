import type { EnginePaths, FleetPath, ResolvedComponent } from '../fleet/resolved.ts'
import type { DesiredObject } from './desired.ts'

/** A document as an engine gave it, and where it is from. */
export type RenderedDocument = {
  readonly value: unknown
  readonly origin: string
  readonly hook?: NonNullable<DesiredObject['hook']>
  /** The same document of a second rendering, where the source makes up values. */
  readonly again?: unknown
  /** May `${…}` of ours stand in it? Charts and programs are given their arguments in ways of their own. */
  readonly mayRefer?: boolean
}

/** What the target cluster can do, as charts ask. */
export type Capabilities = {
  readonly kubeVersion: string
  readonly apiVersions: readonly string[]
  /** Undefined: the cluster does not serve the kind. */
  readonly isNamespaced: (group: string, kind: string) => boolean | undefined
}

/** A folder to be rendered, below the root that nothing may leave. */
export type SourceFolder = { readonly root: string; readonly path: string }

/** What an engine is given beside the source. */
export type RenderContext = {
  readonly component: ResolvedComponent
  readonly cacheDir: string
  readonly engines: EnginePaths
  readonly capabilities: Capabilities | undefined
  /** The text of a file of the fleet repository, at its version. */
  readonly readFleetFile: (path: FleetPath) => Promise<string>
  /** A folder of the fleet repository on disk, at its version: not below the source's root where that is another repository. */
  readonly findFleetFolder: (path: FleetPath) => Promise<SourceFolder>
  readonly warn: (warning: string) => void
  readonly signal?: AbortSignal
}
