import type { ALERT_OPERATIONS } from '../../api/alerts.ts'
import { createApiError, createNotFound } from '../../api/errors.ts'
import { DEFAULT_PAGE } from '../../api/operation.ts'
import { parseDuration } from '../../base/duration.ts'
import { formatMatcher, matchesAll, parseMatchers } from '../../fleet/alert-matcher.ts'
import { decodeCursor, toPage } from './cursor.ts'
import type { Handlers } from './handler.ts'
import { assertReady } from './select-known.ts'

export const ALERT_HANDLERS: Handlers<typeof ALERT_OPERATIONS> = {
  listAlerts: async ({ query: { matching, cursor, limit = DEFAULT_PAGE } }, { store }) => {
    const after = decodeCursor<string>('listAlerts', cursor, '')
    const matchers = matching === undefined ? [] : parseMatchers(matching)
    const found = (await store.loadAlerting()).alerts
      .filter(({ key, labels }) => key > after && matchesAll(matchers, labels))
      .toSorted((left, right) => (left.key < right.key ? -1 : 1))
      .map((alert) => ({ ...alert, annotations: { ...alert.annotations } }))
    return toPage('listAlerts', found, limit, ({ key }) => key)
  },
  testAlerts: async ({ body, signal }, { hub, testAlerts }) => {
    const { fleet } = assertReady(hub)
    const items = testAlerts ? await testAlerts({ ...body, fleet }, { signal }) : []
    if (items.length === 0) throw createNotFound('receiver', body.receiver ?? body.policy ?? 'at all')
    return { items }
  },
  listDeliveries: async ({ query: { state, cursor, limit = DEFAULT_PAGE } }, { store }) => {
    const before = decodeCursor<number>('listDeliveries', cursor, Number.MAX_SAFE_INTEGER)
    const found = await store.listDeliveries({ ...(state ? { state } : {}), before, limit: limit + 1 })
    const items = found.map((delivery) => ({ ...delivery, notification: { ...delivery.notification } }))
    return toPage('listDeliveries', items, limit, ({ id }) => id)
  },
  retryDelivery: async ({ params: { id }, by }, { store }) => {
    if (!(await store.retryDelivery(id, by))) throw createNotFound('notification that was given up:', String(id))
  },
  listSilences: async ({ by }, { store }) => ({ items: await store.listSilences(by.time) }),
  silence: async ({ body, by: { actor, time } }, { store }) => {
    const forMs = parseDuration(body.for)
    if (forMs <= 0) throw createApiError('REQUEST_INVALID', 'a silence lasts longer than nothing')
    const matchers = body.matchers.flatMap(parseMatchers).map(formatMatcher)
    // None would silence everything.
    if (matchers.length === 0) throw createApiError('REQUEST_INVALID', 'no matcher is given')
    const until = new Date(Date.parse(time) + forMs).toISOString()
    return store.addSilence({ matchers, actor, reason: body.reason, started: time, until })
  },
  unsilence: async ({ params: { id }, by }, { store }) => {
    const ended = await store.endSilence(id, by)
    if (!ended) throw createNotFound('silence in force:', String(id))
    return ended
  },
}
