import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file's content; undefined where there is none. */
export const readIfPresent = async (path: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Puts a file in its place whole or not at all, whatever other processes do. */
export const writeWhole = async (
  path: string,
  content: Buffer | string,
  { mode = 0o644 }: { readonly mode?: number } = {},
): Promise<void> => {
  const temporary = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(temporary, content, { mode })
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
