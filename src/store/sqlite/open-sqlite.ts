import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import type { Clock } from '../../base/clock.ts'
import { createStoreNewer, toStoreError } from '../errors.ts'
import { createStore } from '../kysely/create-store.ts'
import { migrate } from '../migrate.ts'
import type { Tables } from '../schema.ts'
import type { Store } from '../store.ts'

/** So long a writer waits for another process to finish. */
const BUSY_MS = 5_000

/**
 * The log grows to 64 MiB before it is put into the database, which whoever writes then waits for (bench hub-drift: recorded
 * p99 43 and 72 ms with SQLite's own 4 MiB, 40 and 41 ms so).
 */
const LOG_PAGES = 16_384

/**
 * The embedded store: one SQLite file, made where it is missing. What was written is on the disk when a call resolves
 * (`synchronous=FULL`), and other processes may read and write at the same time (WAL). `maxPages` bounds the file.
 */
export const openSqliteStore = async (
  file: string,
  { clock }: { readonly clock: Clock },
  options: { readonly maxPages?: number } = {},
): Promise<Store> => {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const raw = new DatabaseSync(file)
    raw.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${BUSY_MS}`)
    raw.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`)
    if (options.maxPages !== undefined) raw.exec(`PRAGMA max_page_count = ${options.maxPages}`)
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: toDatabase(raw, file) }) })
    const newer = await migrate(db, 'sqlite', clock.now)
    if (newer.length > 0) {
      await db.destroy()
      throw createStoreNewer(file, newer)
    }
    return createStore(db)
  } catch (error) {
    throw toStoreError(error, file)
  }
}

/** `node:sqlite` as Kysely knows SQLite. */
const toDatabase = (raw: DatabaseSync, file: string) => {
  const guarded = <Result>(task: () => Result): Result => {
    try {
      return task()
    } catch (error) {
      throw toStoreError(error, file)
    }
  }
  return {
    prepare: (text: string) => {
      // A transaction that only reads at first could not write any more once another process did.
      const statement = guarded(() => raw.prepare(text === 'begin' ? 'begin immediate' : text))
      const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => guarded(() => statement.all(...values(parameters))),
        run: (parameters: readonly unknown[]) =>
          // A full disk has ended the transaction already.
          text === 'rollback' && !raw.isTransaction
            ? { changes: 0, lastInsertRowid: 0 }
            : guarded(() => statement.run(...values(parameters))),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      }
    },
    close: () => raw.close(),
  }
}
