import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import { afterAll, describe } from 'vitest'
import { describeAlertStore } from './alerts.contract.ts'
import { describeStoreInventories } from './inventories.contract.ts'
import { createStore } from './kysely/create-store.ts'
import { migrate } from './migrate.ts'
import { describeStoreQueries } from './queries.contract.ts'
import type { Tables } from './schema.ts'
import { describeStore } from './store.contract.ts'
import type { Store } from './store.ts'

// Nothing runs on PostgreSQL yet; this keeps what is written for SQLite such that it can: PostgreSQL itself, in memory.
describe('the store on PostgreSQL', { timeout: 120_000 }, () => {
  const postgres = new PGlite()
  afterAll(() => postgres.close())

  const connect = async (): Promise<Store> => {
    const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: postgres }) })
    await migrate(db, 'postgres', () => new Date())
    // The database outlives its stores, as a server does.
    return { ...createStore(db), [Symbol.asyncDispose]: async () => undefined }
  }
  const open = async (): Promise<Store> => {
    await postgres.exec('drop schema public cascade; create schema public')
    return connect()
  }

  describeStore(open, connect)
  describeStoreQueries(open)
  describeAlertStore(open)
  describeStoreInventories(open)
})
