import type { Alert } from '../../alerts/alert.ts'
import type { Delivery } from '../../alerts/outbox.ts'
import type { HubClient } from '../../api/client.ts'
import { MAX_PAGE } from '../../api/operation.ts'
import { orAbsent } from '../hub/or-absent.ts'
import type { World } from '../world.ts'
import type { AlertView } from './alert-view.ts'

/** Alerts of a hub by its API. Disposing of it closes the client. */
export const createRemoteAlerts = (client: HubClient, { signal }: Pick<World, 'signal'>): AlertView => {
  const options = { signal }
  return {
    listAlerts: async () => {
      const alerts: Alert[] = []
      const query = { limit: MAX_PAGE }
      for await (const alert of client.iterate('listAlerts', { query }, options)) alerts.push(alert as unknown as Alert)
      return alerts
    },
    listDeliveries: async ({ state, limit = Number.POSITIVE_INFINITY }) => {
      const deliveries: Delivery[] = []
      const query = { ...(state ? { state } : {}), limit: Math.min(limit, MAX_PAGE) }
      for await (const delivery of client.iterate('listDeliveries', { query }, options)) {
        deliveries.push(delivery as unknown as Delivery)
        if (deliveries.length === limit) break
      }
      return deliveries
    },
    retry: async (id) => {
      if (!isId(id)) return false
      const retried = client.call('retryDelivery', { params: { id } }, options)
      return (await orAbsent(retried.then(() => true))) ?? false
    },
    listSilences: async () => (await client.call('listSilences', {}, options)).items,
    silence: (matchers, { forMs, reason }) =>
      client.call('silence', { body: { matchers: [...matchers], for: `${forMs}ms`, reason } }, options),
    unsilence: async (id) => (isId(id) ? orAbsent(client.call('unsilence', { params: { id } }, options)) : undefined),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

const isId = (id: number): boolean => Number.isSafeInteger(id) && id > 0
