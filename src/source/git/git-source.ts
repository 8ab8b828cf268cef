import { stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { createDiskTree, resolveBelow } from '../../base/disk-tree.ts'
import { suggest } from '../../fleet/suggest.ts'
import type { FolderArtifact, SourceReference } from '../artifact.ts'
import { createSourceError } from '../errors.ts'
import type { HttpClient } from '../http-client.ts'
import { createMemo } from '../memo.ts'
import type { SourceDeps, SourceOptions } from '../source-deps.ts'
import type { UrlGuard } from '../url-guard.ts'
import { createConnection } from './connection.ts'
import { findTree, listParents, listTree, type TreeEntry } from './git-objects.ts'
import { parseGitUrl } from './git-url.ts'
import { createRemoteRepository, type RemoteRepository } from './remote-repository.ts'
import { createGit, type Git } from './run-git.ts'
import { type LeftOut, type TreeLimits, writeTree } from './write-tree.ts'

/** A reference to a folder of a Git repository. */
export type GitReference = Extract<SourceReference, { readonly type: 'git' }>

/** Fetches folders of Git repositories. */
export type GitSource = (reference: GitReference, options?: { signal?: AbortSignal }) => Promise<FolderArtifact>

/** Of repositories with more files only the folder that was asked for is fetched. */
const WHOLE_TREE_FILES = 20_000
const REFRESH_MS = 60_000

/** A source of Git repositories with its cache in `cacheDir/git` and `cacheDir/trees`. */
export const createGitSource = (
  options: SourceOptions & { readonly limits?: TreeLimits; readonly wholeTreeFiles?: number },
  deps: SourceDeps & { readonly guard: UrlGuard; readonly http: HttpClient },
): GitSource => {
  const { cacheDir, allowFile = true, offline = false, refreshMs = REFRESH_MS, limits } = options
  const git = createGit(deps)
  const resolveOnce = createMemo<Awaited<ReturnType<RemoteRepository['resolve']>>>(deps.clock, refreshMs)
  const listOnce = createMemo<Listing>(deps.clock, refreshMs)

  return async ({ repository, path: written, ref = repository.ref }, { signal } = {}) => {
    const path = posix.normalize(written).replace(/\/$/, '')
    const url = parseGitUrl(repository.url)
    const connection = createConnection(url, repository.credentials, { ...deps, git, allowFile })
    const remote = createRemoteRepository(url, join(cacheDir, 'git'), offline, { ...deps, git, connection })
    const cwd = remote.directory
    const key = JSON.stringify([url.text, ref ?? null, repository.credentials ?? null])
    const { commit, warnings } = await resolveOnce(key, () => remote.resolve(ref, { signal }))
    const listing = await listOnce(JSON.stringify([url.text, commit]), () => list(git, cwd, commit, signal))
    const root = `${url.display}@${commit.slice(0, 12)}`

    const whole = path === '.' || listing.entries.length <= (options.wholeTreeFiles ?? WHOLE_TREE_FILES)
    const tree = whole ? listing.tree : await findTree(git, cwd, `${commit}:${path}`, signal)
    if (tree === undefined) throw toPathError(root, path, listing)
    const prepare = (): Promise<void> => remote.completeTree(tree, { signal })
    const { directory, leftOut } = await writeTree(git, cwd, tree, join(cacheDir, 'trees'), { signal, limits, prepare })

    const inTree = whole ? path : '.'
    assertNotLeftOut(root, inTree, leftOut)
    const target = await resolveBelow(directory, inTree)
    if (target === undefined || !(await stat(target)).isDirectory()) throw toPathError(root, path, listing)
    return {
      type: 'folder',
      digest: `git:${tree}`,
      revision: commit,
      description: `${root}${path === '.' ? '' : ` ${path}`}`,
      warnings: [...warnings, ...(whole ? [] : [formatPartial(root, path)]), ...formatLeftOut(root, inTree, leftOut)],
      tree: { ...createDiskTree(directory), root, directory },
      path: inTree,
    }
  }
}

type Listing = { readonly tree: string; readonly entries: readonly TreeEntry[] }

const list = async (git: Git, cwd: string, commit: string, signal: AbortSignal | undefined): Promise<Listing> => {
  const tree = (await findTree(git, cwd, `${commit}^{tree}`, signal))!
  return { tree, entries: await listTree(git, cwd, tree, { signal }) }
}

const isWithin = (folder: string, path: string): boolean =>
  folder === '.' || path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`)

const assertNotLeftOut = (root: string, path: string, { links }: LeftOut): void => {
  const link = links.find((candidate) => isWithin(path, candidate))
  if (link === undefined) return
  throw createSourceError(
    'SOURCE_CONTENT_REFUSED',
    `${root} holds the link ${link}, which leads out of the repository or to nothing`,
    {
      subject: link,
      hint: 'remove the link, or make it lead to a file of the repository',
    },
  )
}

const formatLeftOut = (root: string, path: string, { submodules, lfs }: LeftOut): readonly string[] => [
  ...submodules
    .filter((submodule) => isWithin(path, submodule))
    .map((submodule) => `${root}: the submodule ${submodule} is left out; name its repository as a source of its own`),
  ...lfs
    .filter((file) => isWithin(path, file))
    .map((file) => `${root}: ${file} is in Git LFS, only its pointer was fetched`),
]

const formatPartial = (root: string, path: string): string =>
  `${root} is so large that only ${path} was fetched: files outside of it are not found`

const toPathError = (root: string, path: string, { entries }: Listing) => {
  const hint = suggest(path, new Set(entries.flatMap((entry) => listParents(entry.path))))
  return createSourceError('SOURCE_PATH_NOT_FOUND', `${root} has no folder ${path}`, {
    subject: path,
    ...(hint === undefined ? {} : { hint }),
  })
}
