import { createHash, type Hash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { resolveBelow } from '../base/disk-tree.ts'
import type { SourceFolder } from './rendered.ts'

const REFERENCE = /(?<![\w./-])(\.\.?\/[\w./@+-]+|\.\.)(?![\w/])/g
const MAY_REFER = /(\.(jsonnet|libsonnet)|^kustomization\.ya?ml|^Kustomization)$/

/**
 * A digest of everything a folder's rendering may read: its files, and what its kustomizations and Jsonnet programs refer
 * to beside it. Links are followed below the root; one that leaves it is an error (`PATH_OUTSIDE_ROOT`).
 */
export const digestFolder = async (folder: SourceFolder, extra: readonly string[] = []): Promise<string> => {
  const hash = createHash('sha256')
  const pending = [folder.path, ...extra]
  const seen = new Set<string>()
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    const parent = [...seen].some((known) => path === known || path.startsWith(`${known}/`))
    if (parent) continue
    seen.add(path)
    pending.push(...(await digestPath(folder.root, path, hash)))
  }
  return hash.digest('base64url')
}

const digestPath = async (root: string, path: string, hash: Hash): Promise<string[]> => {
  const real = await resolveBelow(root, path)
  if (real === undefined) {
    hash.update(`absent ${path}\n`)
    return []
  }
  const status = await lstat(real)
  if (status.isDirectory()) {
    const names = (await readdir(real)).filter((name) => name !== '.git' && name !== 'node_modules').sort()
    const found = []
    for (const name of names) found.push(...(await digestPath(root, posix.join(path, name), hash)))
    return found
  }
  if (!status.isFile()) return []
  const content = await readFile(real)
  hash.update(`file ${path} ${content.length}\n`).update(content)
  if (!MAY_REFER.test(posix.basename(path))) return []
  const base = posix.dirname(path)
  return [...content.toString().matchAll(REFERENCE)]
    .map(([reference]) => posix.join(base, reference))
    .filter((target) => !target.startsWith('..'))
}
