import type { Kysely, Selectable } from 'kysely'
import type { AlertStore } from '../../alerts/outbox.ts'
import type { Silence } from '../../alerts/silence.ts'
import { toSilenceEvent } from '../audit-events.ts'
import type { Tables } from '../schema.ts'
import { append } from './audit.ts'
import { inTransaction } from './db.ts'

/** Silences in a database. */
export const createSilenceStore = (
  db: Kysely<Tables>,
): Pick<AlertStore, 'addSilence' | 'endSilence' | 'listSilences'> => ({
  addSilence: (silence) =>
    inTransaction(db, async (tx) => {
      const { matchers, ...rest } = silence
      const { id } = await tx
        .insertInto('silences')
        .values({ ...rest, matchers: JSON.stringify(matchers), ended: null })
        .returning('id')
        .executeTakeFirstOrThrow()
      const made = { ...silence, id }
      await append(tx, [toSilenceEvent('alert.silenced', made, { actor: silence.actor, time: silence.started })])
      return made
    }),
  endSilence: (id, by) =>
    inTransaction(db, async (tx) => {
      const row = await tx
        .updateTable('silences')
        .set({ ended: by.time })
        .where('id', '=', id)
        .where('ended', 'is', null)
        .where('until', '>', by.time)
        .returningAll()
        .executeTakeFirst()
      if (!row) return undefined
      const silence = toSilence(row)
      await append(tx, [toSilenceEvent('alert.unsilenced', silence, by)])
      return silence
    }),
  listSilences: async (time) => {
    const rows = await db
      .selectFrom('silences')
      .selectAll()
      .where('ended', 'is', null)
      .where('until', '>', time)
      .orderBy('id')
      .execute()
    return rows.map(toSilence)
  },
})

const toSilence = ({ matchers, ended, ...rest }: Selectable<Tables['silences']>): Silence => ({
  ...rest,
  matchers: JSON.parse(matchers) as string[],
  ...(ended === null ? {} : { ended }),
})
