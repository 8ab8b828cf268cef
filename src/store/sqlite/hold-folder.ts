import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createStoreInUse, toStoreError } from '../errors.ts'

/**
 * Holds a hub's data folder for one process (`STORE_IN_USE`). The lock is the kernel's, on a file that SQLite opens: it ends with
 * the process, however that ends.
 */
export const holdFolder = (folder: string): Disposable => {
  const file = join(folder, 'hub.lock')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = new DatabaseSync(file)
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return { [Symbol.dispose]: () => lock.close() }
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === 5) throw createStoreInUse(folder)
    throw toStoreError(error, file)
  }
}
