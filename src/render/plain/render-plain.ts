import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { resolveBelow } from '../../base/disk-tree.ts'
import { parseYaml } from '../../kube/yaml.ts'
import type { RenderedDocument, SourceFolder } from '../rendered.ts'
import { findSourceType } from '../source-type.ts'

const MANIFEST_FILE = /\.(ya?ml|json)$/

/**
 * Every manifest file of a folder and its sub-folders, sorted. A sub-folder with a marker of its own is given to
 * `renderFolder` instead. Links that leave the root are refused.
 */
export const renderPlain = async (
  folder: SourceFolder,
  renderFolder: (folder: SourceFolder) => Promise<RenderedDocument[]>,
): Promise<RenderedDocument[]> => {
  const entries = (await readdir(join(folder.root, folder.path), { withFileTypes: true })).toSorted((left, right) =>
    left.name < right.name ? -1 : 1,
  )
  const documents: RenderedDocument[] = []
  for (const entry of entries) {
    const path = posix.join(folder.path, entry.name)
    if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules') {
      const below = { root: folder.root, path }
      const type = findSourceType(await readdir(join(folder.root, path)))
      documents.push(...(type === 'plain' ? await renderPlain(below, renderFolder) : await renderFolder(below)))
    } else if (MANIFEST_FILE.test(entry.name)) {
      const file = await resolveBelow(folder.root, path)
      if (file === undefined) continue
      const values = parseYaml(await readFile(file, 'utf8'), { file: path })
      documents.push(...values.map((value) => ({ value, origin: path, mayRefer: true })))
    }
  }
  return documents
}
