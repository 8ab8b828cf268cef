import type { Kysely, Transaction } from 'kysely'
import type { Tables } from '../schema.ts'

/** A database, or a transaction in it. */
export type Db = Kysely<Tables> | Transaction<Tables>

/** Runs a task in a transaction of its own, or in the one that there is. */
export const inTransaction = <Result>(
  db: Kysely<Tables>,
  task: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> => (db.isTransaction ? task(db as unknown as Transaction<Tables>) : db.transaction().execute(task))
