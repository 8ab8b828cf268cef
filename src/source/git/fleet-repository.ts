import { realpath } from 'node:fs/promises'
import { join, posix, resolve as resolvePath } from 'node:path'
import { createDiskTree } from '../../base/disk-tree.ts'
import { LockstepError } from '../../base/errors.ts'
import { type FileTree, IGNORED_FOLDERS } from '../../base/file-tree.ts'
import type { FleetRepository, FleetVersion } from '../artifact.ts'
import { createSourceError } from '../errors.ts'
import type { SourceDeps } from '../source-deps.ts'
import { findTree, listParents, listTree, readBlobsAtOnce, type TreeEntry } from './git-objects.ts'
import { createGit, type Git } from './run-git.ts'
import { parseRefs, toUnknownRefError } from './select-ref.ts'
import { writeTree } from './write-tree.ts'

type Options = { readonly signal?: AbortSignal }

/** Links that are followed from one to the next, as the kernel has it. */
const MAX_LINKS = 40
const NOT_IN_GIT = /not a git repository/

/** Opens the folder of a fleet; that it is in Git is found out when it matters. */
export const openFleetRepository = async (
  folder: string,
  { cacheDir }: { readonly cacheDir: string },
  deps: Pick<SourceDeps, 'env'>,
): Promise<FleetRepository> => {
  const directory = await realpath(resolvePath(folder))
  const git = createGit(deps)

  const readCurrent = async ({ signal }: Options = {}): Promise<FleetVersion> => {
    const tree = { ...createDiskTree(directory), directory }
    return { revision: await readRevisionName(git, directory, signal), tree, checkOut: async () => tree }
  }

  const readRevision = async (revision: string, { signal }: Options = {}): Promise<FleetVersion> => {
    const commit = await resolveRevision(git, directory, revision, signal)
    const { stdout } = await git(['rev-parse', '--show-prefix'], { cwd: directory, signal })
    const prefix = stdout.toString().trimEnd().replace(/\/$/, '')
    const root = await findTree(git, directory, prefix === '' ? `${commit}^{tree}` : `${commit}:${prefix}`, signal)
    if (root === undefined) {
      throw createSourceError('SOURCE_PATH_NOT_FOUND', `${revision} has no folder ${prefix}`, { subject: prefix })
    }
    const entries = await listTree(git, directory, root, { signal })
    const name = `${directory}@${commit.slice(0, 12)}`
    return {
      revision: commit,
      tree: createGitTree(git, directory, name, entries),
      checkOut: async (options) => {
        const written = await writeTree(git, directory, root, join(cacheDir, 'trees'), { signal: options?.signal })
        return { ...createDiskTree(written.directory), root: name, directory: written.directory }
      },
    }
  }

  return { directory, readCurrent, readRevision }
}

const readRevisionName = async (git: Git, cwd: string, signal: AbortSignal | undefined): Promise<string> => {
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { cwd, exitCodes: [0, 1, 128], signal })
  if (head.exitCode === 128 && !NOT_IN_GIT.test(head.stderr)) throw toUnreadableError(cwd, head.stderr)
  if (head.exitCode !== 0) return 'unversioned'
  const commit = head.stdout.toString().trim()
  const { stdout } = await git(['status', '--porcelain', '-z', '--untracked-files=normal', '--', '.'], { cwd, signal })
  return stdout.length === 0 ? commit : `${commit}-dirty`
}

/** A repository that is there but that git does not read, such as one of another user: not to be called unversioned. */
const toUnreadableError = (directory: string, stderr: string): LockstepError =>
  createSourceError('GIT_FAILED', `${directory} cannot be read by git: ${stderr.trim()}`, { subject: directory })

const resolveRevision = async (
  git: Git,
  cwd: string,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<string> => {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  const { stdout, exitCode } = await git(args, { cwd, exitCodes: [0, 1, 128], signal })
  if (exitCode === 0) return stdout.toString().trim()
  const refs = await git(['for-each-ref', '--format=%(objectname)%09%(refname)'], { cwd, exitCodes: [0, 128], signal })
  if (refs.exitCode !== 0) {
    if (!NOT_IN_GIT.test(refs.stderr)) throw toUnreadableError(cwd, refs.stderr)
    throw createSourceError('SOURCE_REPOSITORY_NOT_FOUND', `${cwd} is not in a Git repository`, {
      subject: cwd,
      hint: 'a revision can be named only where the fleet repository is in Git',
    })
  }
  // It may have been meant as either: branches and tags are compared alike.
  const named = parseRefs(refs.stdout.toString().replace(/\trefs\/(heads|remotes\/[^/]+|tags)\//g, '\trefs/tags/'))
  const { hint } = toUnknownRefError(cwd, { tag: revision }, named)
  throw createSourceError('SOURCE_VERSION_NOT_FOUND', `${cwd} has no revision ${revision}`, {
    subject: revision,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** The files of a Git tree, read from the objects. Reads that are asked for together are one command. */
const createGitTree = (git: Git, cwd: string, root: string, entries: readonly TreeEntry[]): FileTree => {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const folders = new Set(entries.flatMap(({ path }) => listParents(path)))
  const readBlob = createBatchReader((ids) => readBlobsAtOnce(git, cwd, ids))

  const follow = async (path: string, depth = 0): Promise<TreeEntry | undefined> => {
    const wanted = posix.normalize(path)
    if (path.startsWith('/') || wanted === '..' || wanted.startsWith('../')) throw toOutsideError(root, path)
    const link = [...listParents(wanted), wanted]
      .map((part) => byPath.get(part))
      .find((entry) => entry?.type === 'link')
    if (!link) return byPath.get(wanted)
    if (depth >= MAX_LINKS) return undefined
    const target = (await readBlob(link.id)).toString()
    const rest = wanted.slice(link.path.length)
    return follow(target.startsWith('/') ? target : posix.join(posix.dirname(link.path), target) + rest, depth + 1)
  }

  return {
    root,
    list: async () => {
      const listed: string[] = []
      for (const { path, type } of entries) {
        if (type === 'submodule' || path.split('/').some((part) => IGNORED_FOLDERS.has(part))) continue
        if (type !== 'link' || (await leadsToFile(path))) listed.push(path)
      }
      return listed.sort()
    },
    read: async (path, options) => {
      options?.signal?.throwIfAborted()
      const entry = await follow(path)
      return entry && entry.type !== 'submodule' ? readBlob(entry.id) : undefined
    },
  }

  // A link that leads out is listed as well: reading it says what is wrong, leaving it out would hide it.
  async function leadsToFile(path: string): Promise<boolean> {
    try {
      const entry = await follow(path)
      return entry !== undefined && !folders.has(entry.path)
    } catch (error) {
      if (error instanceof LockstepError) return true
      throw error
    }
  }
}

const createBatchReader = (
  readAll: (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>,
): ((id: string) => Promise<Buffer>) => {
  let waiting: { readonly ids: Set<string>; readonly blobs: Promise<ReadonlyMap<string, Buffer>> } | undefined
  return async (id) => {
    if (!waiting) {
      const ids = new Set<string>()
      const start = new Promise<void>((resolve) => setImmediate(resolve))
      const blobs = start.then(() => {
        waiting = undefined
        return readAll([...ids])
      })
      waiting = { ids, blobs }
    }
    waiting.ids.add(id)
    return (await waiting.blobs).get(id)!
  }
}

const toOutsideError = (root: string, path: string): LockstepError =>
  new LockstepError('PATH_OUTSIDE_ROOT', `${path} leads out of ${root}`, {
    subject: path,
    hint: 'keep every path and link inside the repository',
  })
