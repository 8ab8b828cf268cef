import type { CHANGE_OPERATIONS } from '../../api/changes.ts'
import { createNotFound } from '../../api/errors.ts'
import { DEFAULT_PAGE } from '../../api/operation.ts'
import { summarizeChange } from '../../store/changes.ts'
import { readTrace } from '../../store/trace.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { Handlers } from './handler.ts'
import { toPeriod } from './period.ts'

export const CHANGE_HANDLERS: Handlers<typeof CHANGE_OPERATIONS> = {
  listChanges: async ({ query: { cursor, limit = DEFAULT_PAGE, ...filter } }, { store }) => {
    const before = decodeCursor<number>('listChanges', cursor, Number.MAX_SAFE_INTEGER)
    const found = await store.listChanges({
      ...filter,
      ...toPeriod(filter),
      before,
      limit: limit + 1,
    })
    return toPage('listChanges', found.map(summarizeChange), limit, ({ id }) => id)
  },
  getChange: async ({ params: { id } }, { store }) => {
    const change = await store.getChange(id)
    if (!change) throw createNotFound('change', String(id))
    return change
  },
  getTimeline: async ({ params: { of } }, { store }) => {
    const trace = await readTrace(store, of)
    if (!trace) throw createNotFound('change and no commit', of)
    return trace
  },
  listRevisions: async ({ query: { cursor, limit = DEFAULT_PAGE } }, { store }) => {
    const last = decodeCursor<string>('listRevisions', cursor, '')
    const before = await store.getRevision(last)
    const found = await store.listRevisions({ ...(before ? { before } : {}), limit: limit + 1 })
    return toPage('listRevisions', found, limit, ({ commit }) => commit)
  },
  getRevision: async ({ params: { commit } }, { store }) => {
    const revision = await store.getRevision(commit)
    if (!revision) throw createNotFound('commit', commit)
    return revision
  },
}
