import { createNotFound } from '../../api/errors.ts'
import type { FINDING_OPERATIONS } from '../../api/findings.ts'
import { DEFAULT_PAGE } from '../../api/operation.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { Handlers } from './handler.ts'
import { toPeriod } from './period.ts'

export const FINDING_HANDLERS: Handlers<typeof FINDING_OPERATIONS> = {
  listFindings: async ({ query: { cursor, limit = DEFAULT_PAGE, state, ...filter } }, { store }) => {
    const before = decodeCursor<number>('listFindings', cursor, Number.MAX_SAFE_INTEGER)
    const found = await store.listFindings({
      ...filter,
      ...toPeriod(filter),
      ...(state === undefined ? {} : { isOpen: state === 'open' }),
      before,
      limit: limit + 1,
    })
    return toPage('listFindings', found, limit, ({ id }) => id)
  },
  getFinding: async ({ params: { id } }, { store }) => {
    const finding = await store.getFinding(id)
    if (!finding) throw createNotFound('finding', String(id))
    return finding
  },
  acknowledge: async ({ params: { id }, body: { note }, by }, { store }) => {
    const finding = await store.acknowledge(id, { note }, by)
    if (!finding) throw createNotFound('open finding', String(id))
    return finding
  },
}
