import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { mapLimited } from '../../base/limit.ts'
import { readIfPresent } from '../cache-file.ts'
import { createSourceError } from '../errors.ts'
import { listTree, readBlobs, readBlobsAtOnce, readSizes, type TreeEntry } from './git-objects.ts'
import type { Git } from './run-git.ts'

/** What was left out of a folder that was written from a tree. */
export type LeftOut = {
  readonly submodules: readonly string[]
  /** Files whose content is in Git LFS: the folder has their pointers. */
  readonly lfs: readonly string[]
  /** Links that lead out of the tree, or to nothing. */
  readonly links: readonly string[]
}

/** A tree as a folder. */
export type WrittenTree = { readonly directory: string; readonly leftOut: LeftOut }

/** Limits of one tree; beyond them it is refused instead of written. */
export type TreeLimits = { readonly maxFiles: number; readonly maxBytes: number }

const DEFAULT_LIMITS: TreeLimits = { maxFiles: 200_000, maxBytes: 4 * 1024 ** 3 }
const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1\n'
const WRITES_AT_ONCE = 16

/** Options of {@link writeTree}. */
export type WriteOptions = {
  readonly signal?: AbortSignal | undefined
  readonly limits?: TreeLimits | undefined
  /** Called before anything is read, where the tree is not there yet. */
  readonly prepare?: () => Promise<void>
}

/**
 * Writes a tree's files below `treesDir`, under the tree's own hash, unless they are there already. Contents are taken
 * as they are in Git (no filters, no line ends changed); files are read-only. Any number of processes may do the same
 * at once: each writes a folder of its own and renames it, the first one wins.
 */
export const writeTree = async (
  git: Git,
  cwd: string,
  tree: string,
  treesDir: string,
  { signal, limits = DEFAULT_LIMITS, prepare }: WriteOptions = {},
): Promise<WrittenTree> => {
  const directory = join(treesDir, tree, 'files')
  const record = join(treesDir, tree, 'left-out.json')
  const known = await readIfPresent(record)
  if (known !== undefined) return { directory, leftOut: JSON.parse(known.toString()) as LeftOut }

  await prepare?.()
  const temporary = join(treesDir, `.new-${randomUUID()}`)
  try {
    const files = join(temporary, 'files')
    await mkdir(files, { recursive: true })
    const leftOut = await writeEntries(git, cwd, await listTree(git, cwd, tree, { signal }), files, limits, signal)
    await writeFile(join(temporary, 'left-out.json'), JSON.stringify(leftOut))
    await renameOnce(temporary, join(treesDir, tree))
    return { directory, leftOut }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

const writeEntries = async (
  git: Git,
  cwd: string,
  entries: readonly TreeEntry[],
  folder: string,
  limits: TreeLimits,
  signal: AbortSignal | undefined,
): Promise<LeftOut> => {
  const blobs = entries.filter(({ type }) => type !== 'submodule')
  const sizes = await readSizes(git, cwd, [...new Set(blobs.map(({ id }) => id))], { signal })
  assertWithinLimits(blobs, sizes, limits)
  const lfs: string[] = []
  const files = Map.groupBy(
    blobs.filter(({ type }) => type !== 'link'),
    ({ id }) => id,
  )
  for (const parent of new Set(blobs.map(({ path }) => dirname(path)))) {
    await mkdir(join(folder, parent), { recursive: true })
  }
  const fileSizes = new Map([...files.keys()].map((id) => [id, sizes.get(id)!]))
  for await (const group of readBlobs(git, cwd, fileSizes, { signal })) {
    await mapLimited([...group], WRITES_AT_ONCE, async ([id, content]) => {
      for (const { path, type } of files.get(id) ?? []) {
        if (content.subarray(0, LFS_POINTER.length).toString() === LFS_POINTER) lfs.push(path)
        await writeFile(join(folder, path), content, { flag: 'wx', mode: type === 'executable' ? 0o555 : 0o444 })
      }
    })
  }
  const links = await writeLinks(git, cwd, entries, folder, signal)
  const submodules = entries.filter(({ type }) => type === 'submodule').map(({ path }) => path)
  return { submodules, lfs: lfs.sort(), links }
}

/** Links are made after all files, so that nothing is written through one; gives those that lead out. */
const writeLinks = async (
  git: Git,
  cwd: string,
  entries: readonly TreeEntry[],
  folder: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> => {
  const links = entries.filter(({ type }) => type === 'link')
  const targets = await readBlobsAtOnce(git, cwd, [...new Set(links.map(({ id }) => id))], { signal })
  const leadOut: string[] = []
  for (const { path, id } of links) {
    const target = targets.get(id)!.toString()
    const way = normalize(join(dirname(path), target))
    if (target.startsWith('/') || target.includes('\0') || way === '..' || way.startsWith('../')) leadOut.push(path)
    else await symlink(target, join(folder, path))
  }
  // Links through links can lead out although each alone does not look so; one that leads nowhere may do so later.
  const root = await realpath(folder)
  for (const { path } of links.filter((link) => !leadOut.includes(link.path))) {
    const real = await realpath(join(folder, path)).catch(() => undefined)
    if (real !== undefined && (real === root || real.startsWith(root + sep))) continue
    await rm(join(folder, path))
    leadOut.push(path)
  }
  return leadOut.sort()
}

const assertWithinLimits = (
  blobs: readonly TreeEntry[],
  sizes: ReadonlyMap<string, number>,
  { maxFiles, maxBytes }: TreeLimits,
): void => {
  // One blob may stand under thousands of names: what counts is what would be written.
  const bytes = blobs.reduce((sum, { id }) => sum + sizes.get(id)!, 0)
  if (blobs.length <= maxFiles && bytes <= maxBytes) return
  throw createSourceError(
    'SOURCE_TOO_LARGE',
    `the repository's files are too many or too large: ${blobs.length} files, ${Math.ceil(bytes / 1024 / 1024)} MiB`,
    { hint: `at most ${maxFiles} files and ${maxBytes / 1024 / 1024} MiB are fetched` },
  )
}

const renameOnce = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to)
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    await stat(to)
  }
}
