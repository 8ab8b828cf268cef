import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createDiskTree, resolveBelow } from '../../base/disk-tree.ts'
import { suggest } from '../../fleet/suggest.ts'
import type { FolderArtifact, SourceReference } from '../artifact.ts'
import { createSourceError } from '../errors.ts'
import { createMemo } from '../memo.ts'
import type { SourceDeps, SourceOptions } from '../source-deps.ts'
import type { UrlGuard } from '../url-guard.ts'
import { createConnection } from './connection.ts'
import { listTree } from './git-objects.ts'
import { type GitUrl, parseGitUrl } from './git-url.ts'
import { createRemoteRepository, type RemoteRepository } from './remote-repository.ts'
import { createGit } from './run-git.ts'
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
  deps: SourceDeps & { readonly guard: UrlGuard },
): GitSource => {
  const { cacheDir, allowFile = true, offline = false, refreshMs = REFRESH_MS } = options
  const git = createGit(deps)
  const resolveOnce = createMemo<Awaited<ReturnType<RemoteRepository['resolve']>>>(deps.clock, refreshMs)

  return async ({ repository, path, ref }, { signal } = {}) => {
    const url = parseGitUrl(repository.url)
    const connection = createConnection(url, repository.credentials, {
      git,
      guard: deps.guard,
      env: deps.env,
      allowFile,
    })
    const remote = createRemoteRepository(url, join(cacheDir, 'git'), offline, { ...deps, git, connection })
    const key = JSON.stringify([url.text, ref ?? repository.ref ?? null, repository.credentials])
    const { commit, warnings } = await resolveOnce(key, () => remote.resolve(ref ?? repository.ref, { signal }))
    const cwd = remote.directory

    const entries = await listTree(git, cwd, `${commit}^{tree}`, { signal })
    const whole = entries.length <= (options.wholeTreeFiles ?? WHOLE_TREE_FILES)
    const tree = await findTree(whole ? '.' : path)
    if (tree === undefined)
      throw toPathError(
        url,
        commit,
        path,
        entries.map((entry) => entry.path),
      )
    await remote.completeTree(tree, { signal })
    const limits = options.limits ? { limits: options.limits } : {}
    const { directory, leftOut } = await writeTree(git, cwd, tree, join(cacheDir, 'trees'), { signal, ...limits })

    const root = `${url.display}@${commit.slice(0, 12)}`
    const inTree = whole ? path : '.'
    assertNotLeftOut(root, inTree, leftOut)
    const target = await resolveBelow(directory, inTree)
    if (target === undefined || !(await stat(target)).isDirectory()) {
      throw toPathError(
        url,
        commit,
        path,
        entries.map((entry) => entry.path),
      )
    }
    return {
      type: 'folder',
      digest: `git:${tree}`,
      revision: commit,
      description: `${root}${path === '.' ? '' : ` ${path}`}`,
      warnings: [...warnings, ...(whole ? [] : [formatPartial(root, path)]), ...formatLeftOut(root, inTree, leftOut)],
      tree: { ...createDiskTree(directory), root, directory },
      path: inTree,
    }

    async function findTree(folder: string): Promise<string | undefined> {
      const name = folder === '.' ? `${commit}^{tree}` : `${commit}:${folder}`
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', name]
      const { stdout, exitCode } = await git(args, { cwd, exitCodes: [0, 1, 128], signal })
      return exitCode === 0 ? stdout.toString().trim() : undefined
    }
  }
}

const isWithin = (folder: string, path: string): boolean =>
  folder === '.' || path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`)

const assertNotLeftOut = (root: string, path: string, { links }: LeftOut): void => {
  const link = links.find((candidate) => isWithin(path, candidate))
  if (link === undefined) return
  throw createSourceError(
    'SOURCE_CONTENT_REFUSED',
    `${root} holds the link ${link}, which leads out of the repository`,
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
  `${root} has more than ${WHOLE_TREE_FILES} files: only ${path} was fetched, files outside of it are not found`

const toPathError = (url: GitUrl, commit: string, path: string, files: readonly string[]) => {
  const folders = new Set(files.flatMap((file) => listParents(file)))
  const hint = suggest(path, folders)
  return createSourceError('SOURCE_PATH_NOT_FOUND', `${url.display}@${commit.slice(0, 12)} has no folder ${path}`, {
    subject: path,
    ...(hint === undefined ? {} : { hint }),
  })
}

const listParents = (file: string): readonly string[] => {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
