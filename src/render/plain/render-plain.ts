import { readdir, readFile, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { resolveBelow } from '../../base/disk-tree.ts'
import { IGNORED_FOLDERS } from '../../base/file-tree.ts'
import { parseYaml } from '../../kube/yaml.ts'
import type { RenderedDocument, SourceFolder } from '../rendered.ts'
import { findSourceType } from '../source-type.ts'

/** Is this the name of a file of manifests? */
export const isManifestFile = (name: string): boolean => /\.(ya?ml|json)$/.test(name)

/** What is done with folders of another type below a plain one. */
export type PlainDeps = {
  readonly renderFolder: (folder: SourceFolder) => Promise<RenderedDocument[]>
  /** The folders that such a folder takes in itself: these are its own, and not rendered beside it. */
  readonly listParts: (folder: SourceFolder) => Promise<readonly string[]>
  readonly warn: (warning: string) => void
}

type Entry = { readonly type: 'file' | 'folder'; readonly path: string }

/**
 * Every manifest file of a folder and its sub-folders, sorted. A sub-folder with a marker of its own is rendered by its own
 * type, unless another one takes it in. Links that leave the root are refused.
 */
export const renderPlain = async (folder: SourceFolder, deps: PlainDeps): Promise<RenderedDocument[]> => {
  const { root } = folder
  const entries = await listEntries(folder, deps.warn)
  const folders = entries.filter(({ type }) => type === 'folder').map(({ path }) => path)
  const parts = new Map<string, readonly string[]>()
  for (const path of folders) parts.set(path, await deps.listParts({ root, path }))
  const rendered = selectWholes(parts)
  const documents: RenderedDocument[] = []
  for (const { type, path } of entries) {
    if (type === 'file') documents.push(...(await readManifestFile({ root, path })))
    else if (rendered.has(path)) documents.push(...(await deps.renderFolder({ root, path })))
  }
  return documents
}

/** The documents of one file; none where it is not there. */
export const readManifestFile = async ({ root, path }: SourceFolder): Promise<RenderedDocument[]> => {
  const file = await resolveBelow(root, path)
  if (file === undefined) return []
  const values = parseYaml(await readFile(file, 'utf8'), { file: path })
  return values.map((value) => ({ value, origin: path, mayRefer: true }))
}

const listEntries = async (folder: SourceFolder, warn: PlainDeps['warn']): Promise<Entry[]> => {
  const names = await readdir(join(folder.root, folder.path), { withFileTypes: true })
  const entries: Entry[] = []
  for (const name of names.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = posix.join(folder.path, name.name)
    if (IGNORED_FOLDERS.has(name.name)) continue
    if (isManifestFile(name.name) && !name.isDirectory()) entries.push({ type: 'file', path })
    else if (name.isDirectory()) {
      const type = findSourceType(await readdir(join(folder.root, path)))
      entries.push(
        ...(type === 'plain' ? await listEntries({ ...folder, path }, warn) : [{ type: 'folder', path } as const]),
      )
    } else if (name.isSymbolicLink() && (await isFolder(join(folder.root, path))))
      warn(`${path} is a link to a folder, which is not followed among plain files`)
  }
  return entries
}

const isFolder = async (path: string): Promise<boolean> => {
  const status = await stat(path).catch(() => undefined)
  return status?.isDirectory() ?? false
}

/** Folders that no other one takes in; of those that take in each other the first, which will say so. */
const selectWholes = (parts: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> => {
  const taken = new Set([...parts].flatMap(([path, own]) => own.filter((part) => part !== path)))
  const reached = new Set<string>()
  const reach = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    for (const part of parts.get(path) ?? []) reach(part)
  }
  const wholes = [...parts.keys()].filter((path) => !taken.has(path))
  wholes.forEach(reach)
  for (const path of parts.keys()) {
    if (reached.has(path)) continue
    wholes.push(path)
    reach(path)
  }
  return new Set(wholes)
}
