import { readFile, realpath, stat } from 'node:fs/promises'
import { join, posix, relative } from 'node:path'
import { resolveBelow } from '../../base/disk-tree.ts'
import { parseYaml } from '../../kube/yaml.ts'
import { createRenderError } from '../errors.ts'
import type { SourceFolder } from '../rendered.ts'

const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
const PLUGINS = ['generators', 'transformers', 'validators']
const BASES = ['resources', 'bases', 'components']
const LISTS = [...BASES, 'crds', ...PLUGINS]
/** Under these keys Kustomize, and what is built into it, reads a file, or fetches it where that is a URL. */
const FILE_KEYS = new Set([...LISTS, 'configurations', 'patchesStrategicMerge', 'path', 'files', 'env', 'envs'])
const REMOTE = /^(?:[^=\n]*=)?[a-z][a-z\d+.-]*:\/\/[^\n]*$/i

/**
 * Refuses a kustomization that would reach out of the repository: every entry must be a file or folder below the root.
 * Kustomize itself takes what is not there for a remote repository and would fetch it, and fetches files by URL anywhere.
 */
export const assertLocalBases = async ({ root, path }: SourceFolder): Promise<void> => {
  // Kustomize resolves links before it goes up from a folder.
  const real = await realpath(root)
  await assertLocal({ root: real, path: relative(real, await realpath(join(real, path))) }, new Set())
}

/** The folders that a kustomization takes in, as far as they are below its root. */
export const listBases = async (folder: SourceFolder): Promise<string[]> => {
  const found = await readKustomization(folder)
  return BASES.flatMap((list) => toStrings(found?.content[list])).map((entry) =>
    trimSlash(posix.join(folder.path, entry)),
  )
}

const trimSlash = (path: string): string => path.replace(/\/$/, '')

const assertLocal = async (folder: SourceFolder, seen: Set<string>): Promise<void> => {
  if (seen.has(folder.path)) return
  seen.add(folder.path)
  const found = await readKustomization(folder)
  if (!found) return
  assertNoUrls(found.content, found.file)
  for (const list of LISTS) {
    for (const entry of toStrings(found.content[list])) {
      // A plugin's configuration may stand in place of its file's name.
      if (entry.includes('\n')) {
        for (const plugin of parseYaml(entry, { file: found.file })) assertNoUrls(plugin, found.file)
        continue
      }
      const path = posix.join(folder.path, entry)
      const real = path.startsWith('..') ? undefined : await resolveBelow(folder.root, path)
      if (real === undefined) throw createRemote(found.file, entry)
      if ((await stat(real)).isDirectory())
        await assertLocal({ root: folder.root, path: relative(folder.root, real) }, seen)
      else if (PLUGINS.includes(list))
        for (const plugin of parseYaml(await readFile(real, 'utf8'), { file: path })) assertNoUrls(plugin, path)
    }
  }
}

const assertNoUrls = (node: unknown, file: string): void => {
  if (node === null || typeof node !== 'object') return
  for (const [key, value] of Object.entries(node)) {
    const url = FILE_KEYS.has(key)
      ? [value].flat().find((entry) => typeof entry === 'string' && REMOTE.test(entry))
      : undefined
    if (url !== undefined) throw createRemote(file, url)
    assertNoUrls(value, file)
  }
}

const createRemote = (file: string, entry: string): Error =>
  createRenderError(
    'KUSTOMIZE_REMOTE_BASE',
    `${file} refers to "${entry}", which is not a file or folder of the repository`,
    {
      subject: file,
      position: { file },
      hint: 'nothing remote is fetched: copy it into the repository, or make it a component with a repository of its own',
    },
  )

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
