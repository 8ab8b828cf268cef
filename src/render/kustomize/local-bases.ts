import { readFile, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { resolveBelow } from '../../base/disk-tree.ts'
import { parseYaml } from '../../kube/yaml.ts'
import { createRenderError } from '../errors.ts'
import type { SourceFolder } from '../rendered.ts'

const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
const LISTS = ['resources', 'bases', 'components', 'crds', 'generators', 'transformers', 'validators'] as const

/**
 * Refuses a kustomization that would reach out of the repository: every entry must be a file or folder below the root.
 * Kustomize itself takes what is not there for a remote repository and would fetch it.
 */
export const assertLocalBases = async (folder: SourceFolder, seen = new Set<string>()): Promise<void> => {
  if (seen.has(folder.path)) return
  seen.add(folder.path)
  const found = await readKustomization(folder)
  if (!found) return
  for (const entry of LISTS.flatMap((list) => toStrings(found.content[list]))) {
    if (entry.includes('\n')) continue
    const path = posix.join(folder.path, entry)
    const real = entry.includes('://') || path.startsWith('..') ? undefined : await resolveBelow(folder.root, path)
    if (real === undefined) {
      throw createRenderError(
        'KUSTOMIZE_REMOTE_BASE',
        `${found.file} refers to "${entry}", which is not a file or folder of the repository`,
        {
          subject: found.file,
          position: { file: found.file },
          hint: 'remote bases are not fetched: copy it into the repository, or make it a component with a repository of its own',
        },
      )
    }
    if ((await stat(real)).isDirectory()) await assertLocalBases({ root: folder.root, path }, seen)
  }
}

const readKustomization = async (
  folder: SourceFolder,
): Promise<{ file: string; content: Record<string, unknown> } | undefined> => {
  for (const name of FILES) {
    const file = posix.join(folder.path, name)
    const real = await resolveBelow(folder.root, file)
    if (real === undefined) continue
    const [content] = parseYaml(await readFile(join(real), 'utf8'), { file })
    return { file, content: (content ?? {}) as Record<string, unknown> }
  }
  return undefined
}

const toStrings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
