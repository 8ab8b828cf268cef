import type { FileTree } from '../base/file-tree.ts'
import type { ResolvedSource } from '../fleet/resolved.ts'

/** A source that is not in the fleet repository itself. */
export type SourceReference = Exclude<ResolvedSource, { readonly type: 'path' | 'grant' }>

type ArtifactFields = {
  /** Names the content, and nothing but the content: `sha256:…` of a chart archive, `git:…` of a Git tree. */
  readonly digest: string
  /** What the reference stood for: the commit, or the chart's version. */
  readonly revision: string
  /** For people: `https://git.example.com/platform.git@4f2c1d9e0b1a deploy`, `chart ingress-nginx 4.11.3`. */
  readonly description: string
  /** What the user should know: submodules and LFS files that were left out, a last-seen commit while offline. */
  readonly warnings: readonly string[]
}

/** A Git repository's files at one commit, on disk and never changed. */
export type FolderArtifact = ArtifactFields & {
  readonly type: 'folder'
  /** The whole repository, `tree.directory` set: what lies at `path` may refer to files beside it. */
  readonly tree: FileTree & { readonly directory: string }
  /** The folder that was asked for, relative to the tree's root; the root itself is `.`. It exists. */
  readonly path: string
}

/** A chart archive on disk, checked against its digest. */
export type ChartArtifact = ArtifactFields & { readonly type: 'chart'; readonly file: string }

/** Fetched content: immutable, named by its digest. */
export type Artifact = FolderArtifact | ChartArtifact

/** Gets sources into the cache; what is there already needs no network. */
export type SourceResolver = {
  /** Equal references give equal artifacts for as long as the resolver keeps what it saw (a minute by default). */
  readonly fetch: {
    (reference: Extract<SourceReference, { type: 'git' }>, options?: { signal?: AbortSignal }): Promise<FolderArtifact>
    (reference: Extract<SourceReference, { type: 'chart' }>, options?: { signal?: AbortSignal }): Promise<ChartArtifact>
    (reference: SourceReference, options?: { signal?: AbortSignal }): Promise<Artifact>
  }
}

/**
 * The fleet repository: a folder that may or may not be (part of) a Git working tree. Paths are relative to the fleet's
 * folder, wherever that is in its Git repository.
 */
export type FleetRepository = {
  /** The folder with `fleet.yaml`. */
  readonly directory: string
  /** The working tree as it is; its revision is the commit, with `-dirty` behind it, or `unversioned`. */
  readonly readCurrent: (options?: { signal?: AbortSignal }) => Promise<FleetVersion>
  /** A branch, tag or commit of it, read from Git's objects: nothing is checked out. */
  readonly readRevision: (revision: string, options?: { signal?: AbortSignal }) => Promise<FleetVersion>
}

/** One version of the fleet repository. */
export type FleetVersion = {
  readonly revision: string
  readonly tree: FileTree
  /** The same files as a folder on disk: the working tree itself, or the version's files in the cache. */
  readonly checkOut: (options?: { signal?: AbortSignal }) => Promise<FileTree & { readonly directory: string }>
}
