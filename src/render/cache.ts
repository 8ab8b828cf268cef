import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatCanonical } from '../kube/canonical.ts'

// Part of every key: raise it when what is stored, or how it comes about, changes.
const FORMAT = 4
const MAX_BYTES = 512 * 1024 * 1024

/**
 * Rendered content on disk, named by everything it depends on. Safe for processes that use it at the same time. What is
 * asked for again while somebody still holds it is the same value: clusters of one template share their manifests.
 */
export type RenderCache = {
  readonly get: <Value>(key: string, render: () => Promise<Value>) => Promise<Value>
}

/** The name of a rendering from what it depends on. */
export const toCacheKey = (parts: unknown): string =>
  createHash('sha256')
    .update(formatCanonical([FORMAT, parts]))
    .digest('hex')

/** Opens the cache below a folder. What cannot be read or written is rendered, as if it were not there. */
export const createRenderCache = (cacheDir: string): RenderCache => {
  const folder = join(cacheDir, 'renders')
  const held = new Map<string, WeakRef<object>>()
  const rendering = new Map<string, Promise<unknown>>()
  const readOrRender = async (key: string, render: () => Promise<unknown>): Promise<unknown> => {
    const file = join(folder, key.slice(0, 2), key)
    const found = await readEntry(file)
    if (found !== undefined) return found.value
    const value = await render()
    await writeEntry(file, value)
    if (key.startsWith('00')) await trim(folder)
    return value
  }
  return {
    get: async (key, render) => {
      const known = held.get(key)?.deref()
      if (known !== undefined) return known as never
      const waiting = rendering.get(key) ?? readOrRender(key, render).finally(() => rendering.delete(key))
      rendering.set(key, waiting)
      const value = await waiting
      if (value !== null && typeof value === 'object') held.set(key, new WeakRef(value))
      return value as never
    },
  }
}

const readEntry = async (file: string): Promise<{ value: unknown } | undefined> => {
  try {
    return { value: JSON.parse(await readFile(file, 'utf8')) }
  } catch {
    // Absent, or cut off by a full disk: both mean to render.
    return undefined
  }
}

const writeEntry = async (file: string, value: unknown): Promise<void> => {
  const part = `${file}.${process.pid}.${performance.now()}.part`
  try {
    // Secrets are rendered, too: nobody else on the machine may read them.
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(part, JSON.stringify(value), { mode: 0o600 })
    await rename(part, file)
  } catch {
    // A cache that cannot be written costs time, not correctness.
    await rm(part, { force: true })
  }
}

/** Every 256th entry or so, the oldest go until the cache is within its size. */
const trim = async (folder: string): Promise<void> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name)
        const { size, mtimeMs } = await stat(path)
        return { path, size, mtimeMs }
      }),
  )
  let total = files.reduce((sum, { size }) => sum + size, 0)
  for (const { path, size } of files.toSorted((left, right) => left.mtimeMs - right.mtimeMs)) {
    if (total <= MAX_BYTES) return
    await rm(path, { force: true })
    total -= size
  }
}
