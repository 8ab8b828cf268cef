import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { toError } from '../base/errors.ts'

/** Where the refs of a working tree are: those of all its worktrees, and its own. */
export type RefFolders = { readonly common: string; readonly own: string }

const MOST_LINKS = 5

/**
 * Everything on the disk that decides which commit a name means, as a text: as long as it is the same, so is the commit.
 * To ask git takes a process each time, and one that holds a large fleet stands still for a tenth of a second to start one.
 */
export const readRefSignature = async ({ common, own }: RefFolders, name: string): Promise<string> => {
  const places = name === 'HEAD' ? [] : ['', 'refs', 'refs/tags', 'refs/heads', 'refs/remotes']
  const refs = await Promise.all([
    readRef(own, common, 'HEAD', 0),
    ...places.map((place) => readRef(common, common, join(place, name), 0)),
  ])
  const packs = await Promise.all(
    ['packed-refs', join('reftable', 'tables.list')].map((file) => readVersion(join(common, file))),
  )
  return JSON.stringify([refs, packs])
}

/** What a ref holds, and what it leads to. */
const readRef = async (folder: string, common: string, name: string, links: number): Promise<readonly string[]> => {
  const content = await unlessMissing(readFile(join(folder, name), 'utf8'))
  if (content === undefined) return []
  const [, next] = /^ref: (\S+)/.exec(content) ?? []
  return next === undefined || links >= MOST_LINKS
    ? [content]
    : [content, ...(await readRef(common, common, next, links + 1))]
}

const readVersion = async (file: string): Promise<string> => {
  const found = await unlessMissing(stat(file, { bigint: true }))
  return found ? `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` : ''
}

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

const unlessMissing = async <Value>(reading: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await reading
  } catch (error) {
    if (MISSING.has((toError(error) as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
