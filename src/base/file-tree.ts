/** Options of every read. */
export type ReadOptions = { readonly signal?: AbortSignal }

/**
 * Files below one root, read-only: a folder on disk, a commit's tree, a fetched artifact. Paths are relative to the
 * root, with `/` between folders, without a leading `./`.
 */
export type FileTree = {
  /** What people call the root, for messages: a folder, or `URL@commit`. */
  readonly root: string
  /**
   * The folder on disk that holds exactly these files, where there is one: for engines that want a real folder.
   * Absent for trees that live elsewhere (Git objects).
   */
  readonly directory?: string
  /** Every file, sorted; `.git` and `node_modules` are left out, links to folders are not followed. */
  readonly list: (options?: ReadOptions) => Promise<readonly string[]>
  /**
   * A file's content; undefined where there is no such file. Links are followed below the root; a path or link that
   * leaves the root is an error (`PATH_OUTSIDE_ROOT`).
   */
  readonly read: (path: string, options?: ReadOptions) => Promise<Buffer | undefined>
}

/** Folders that never belong to the content of a tree. */
export const IGNORED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules'])

/** A tree with some files changed (text) or taken away (undefined). */
export const createOverlayTree = (tree: FileTree, changes: ReadonlyMap<string, string | undefined>): FileTree => ({
  root: tree.root,
  list: async (options) => {
    const files = new Set(await tree.list(options))
    for (const [file, text] of changes) {
      if (text === undefined) files.delete(file)
      else files.add(file)
    }
    return [...files].sort()
  },
  read: async (path, options) => {
    if (!changes.has(path)) return tree.read(path, options)
    const text = changes.get(path)
    return text === undefined ? undefined : Buffer.from(text)
  },
})

/** A tree of files held in memory. */
export const createMemoryTree = (
  files: Readonly<Record<string, string | Buffer>>,
  options: { readonly root?: string } = {},
): FileTree => ({
  root: options.root ?? 'memory',
  list: async () => Object.keys(files).sort(),
  read: async (path) => (Object.hasOwn(files, path) ? Buffer.from(files[path] as string) : undefined),
})
