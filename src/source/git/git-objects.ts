import type { LockstepError } from '../../base/errors.ts'
import { createSourceError } from '../errors.ts'
import type { Git } from './run-git.ts'

/** An entry of a tree, at any depth. */
export type TreeEntry = {
  /** From the tree's root, `/` between folders. */
  readonly path: string
  readonly type: 'file' | 'executable' | 'link' | 'submodule'
  readonly id: string
}

/** How much of a repository's content is held in memory at a time. */
const BATCH_BYTES = 32 * 1024 * 1024

/** Every file, link and submodule of a tree. Entries that no git would write (`..`, `.git`) are refused. */
export const listTree = async (
  git: Git,
  cwd: string,
  tree: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly TreeEntry[]> => {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', tree, '--'], { cwd, signal: options.signal })
  return stdout
    .toString()
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t')
      const [mode = '', , id = ''] = line.slice(0, tab).split(' ')
      const path = line.slice(tab + 1)
      assertSafePath(path)
      return { path, type: toEntryType(mode), id }
    })
}

const toEntryType = (mode: string): TreeEntry['type'] => {
  if (mode === '120000') return 'link'
  if (mode === '160000') return 'submodule'
  return mode === '100755' ? 'executable' : 'file'
}

const assertSafePath = (path: string): void => {
  if (path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git')) {
    return
  }
  throw createSourceError('SOURCE_CONTENT_REFUSED', `the repository holds the path "${path}", which leads elsewhere`, {
    subject: path,
  })
}

/** The id of a tree by any name that git knows for it; undefined where there is none. */
export const findTree = async (
  git: Git,
  cwd: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', name]
  const { stdout, exitCode } = await git(args, { cwd, exitCodes: [0, 1, 128], signal })
  return exitCode === 0 ? stdout.toString().trim() : undefined
}

/** The folders above a path, from the outermost. */
export const listParents = (path: string): readonly string[] => {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** The sizes of blobs, by id. */
export const readSizes = async (
  git: Git,
  cwd: string,
  ids: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, number>> => {
  if (ids.length === 0) return new Map()
  const { stdout } = await git(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], {
    cwd,
    input: `${ids.join('\n')}\n`,
    signal: options.signal,
  })
  const sizes = new Map<string, number>()
  for (const line of stdout.toString().trimEnd().split('\n')) {
    const [id = '', type, size] = line.split(' ')
    if (type !== 'blob') throw toMissingError(id)
    sizes.set(id, Number(size))
  }
  return sizes
}

/** Blobs in groups that fit into memory: the caller is done with one group before the next is read. */
export async function* readBlobs(
  git: Git,
  cwd: string,
  sizes: ReadonlyMap<string, number>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ReadonlyMap<string, Buffer>> {
  let group: string[] = []
  let bytes = 0
  for (const [id, size] of sizes) {
    if (group.length > 0 && bytes + size > BATCH_BYTES) {
      yield await readGroup(git, cwd, group, bytes, options.signal)
      group = []
      bytes = 0
    }
    group.push(id)
    bytes += size
  }
  if (group.length > 0) yield await readGroup(git, cwd, group, bytes, options.signal)
}

/** The content of a few blobs, by id. */
export const readBlobsAtOnce = async (
  git: Git,
  cwd: string,
  ids: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, Buffer>> => {
  const blobs = new Map<string, Buffer>()
  for await (const group of readBlobs(git, cwd, await readSizes(git, cwd, ids, options), options)) {
    for (const [id, content] of group) blobs.set(id, content)
  }
  return blobs
}

const readGroup = async (
  git: Git,
  cwd: string,
  ids: readonly string[],
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Buffer>> => {
  const input = `${ids.join('\n')}\n`
  const maxOutputBytes = bytes + ids.length * 200 + 64 * 1024
  const { stdout } = await git(['cat-file', '--batch'], { cwd, input, maxOutputBytes, signal })
  const blobs = new Map<string, Buffer>()
  let offset = 0
  while (offset < stdout.length) {
    const end = stdout.indexOf('\n', offset)
    const [id = '', type, size] = stdout.toString('utf8', offset, end).split(' ')
    if (type !== 'blob') throw toMissingError(id)
    const start = end + 1
    blobs.set(id, stdout.subarray(start, start + Number(size)))
    offset = start + Number(size) + 1
  }
  return blobs
}

const toMissingError = (id: string): LockstepError =>
  createSourceError('GIT_FAILED', `git lacks the object ${id}`, {
    subject: id,
    retry: 'transient',
    hint: 'the repository or its cache is incomplete: remove the cache and try again',
  })
