import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { LockstepError } from './errors.ts'
import { type FileTree, IGNORED_FOLDERS, type ReadOptions } from './file-tree.ts'

/** The files below a folder on disk, as they are now. */
export const createDiskTree = (folder: string): FileTree => {
  const root = resolve(folder)
  return {
    root,
    directory: root,
    list: async (options) => (await listFiles(root, '', options)).sort(),
    read: async (path, options) => {
      const target = await resolveBelow(root, path)
      if (target === undefined || !(await stat(target)).isFile()) return undefined
      return readFile(target, options)
    },
  }
}

/**
 * The real path of `path` below `root`, all links followed; undefined where nothing is there. A path that leaves
 * the root, by `..` or by a link, is an error (`PATH_OUTSIDE_ROOT`).
 */
export const resolveBelow = async (root: string, path: string): Promise<string | undefined> => {
  const wanted = resolve(root, path)
  if (!isBelow(root, wanted)) throw toOutsideError(root, path)
  const real = await ifPresent(realpath(wanted))
  if (real === undefined) return undefined
  if (!isBelow(await realpath(root), real)) throw toOutsideError(root, path)
  return real
}

const listFiles = async (root: string, folder: string, options: ReadOptions | undefined): Promise<string[]> => {
  options?.signal?.throwIfAborted()
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return IGNORED_FOLDERS.has(entry.name) ? [] : listFiles(root, path, options)
      if (entry.isFile()) return [path]
      // A link that leads out is listed as well: reading it says what is wrong, leaving it out would hide it.
      return entry.isSymbolicLink() && (await ifPresent(stat(join(root, path))))?.isFile() ? [path] : []
    }),
  )
  return found.flat()
}

const isBelow = (root: string, path: string): boolean => {
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path)
}

const ifPresent = async <Value>(reading: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await reading
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

const toOutsideError = (root: string, path: string): LockstepError =>
  new LockstepError('PATH_OUTSIDE_ROOT', `${path} leads out of ${root}`, {
    subject: path,
    hint: 'keep every path and link inside the repository',
  })
