import type { Alert } from '../../alerts/alert.ts'
import type { Delivery, DeliveryState } from '../../alerts/outbox.ts'
import type { Silence } from '../../alerts/silence.ts'
import type { Store } from '../../store/store.ts'
import type { World } from '../world.ts'

/** What a hub knows of alerts, and what an operator may tell it about them. */
export type AlertView = AsyncDisposable & {
  /** Open ones, and those that are over and were not told yet. */
  readonly listAlerts: () => Promise<readonly Alert[]>
  /** Newest first. */
  readonly listDeliveries: (filter: {
    readonly state?: DeliveryState
    readonly limit?: number
  }) => Promise<readonly Delivery[]>
  /** False where it was not given up. */
  readonly retry: (id: number) => Promise<boolean>
  /** Those in force now. */
  readonly listSilences: () => Promise<readonly Silence[]>
  readonly silence: (
    matchers: readonly string[],
    options: { readonly forMs: number; readonly reason: string },
  ) => Promise<Silence>
  /** Undefined where there is none in force. */
  readonly unsilence: (id: number) => Promise<Silence | undefined>
}

/** Alerts by the data of a hub, whether it runs or not. Disposing of it closes the store. */
export const createLocalAlerts = (store: Store, { clock, holder }: Pick<World, 'clock' | 'holder'>): AlertView => {
  // Whoever sits here, as the system knows him.
  const by = () => ({ actor: holder.replace(/\/[^/]*$/, ''), time: clock.now().toISOString() })
  return {
    listAlerts: async () => (await store.loadAlerting()).alerts,
    listDeliveries: (filter) => store.listDeliveries(filter),
    retry: (id) => store.retryDelivery(id, by()),
    listSilences: () => store.listSilences(by().time),
    silence: (matchers, { forMs, reason }) => {
      const { actor, time } = by()
      const until = new Date(Date.parse(time) + forMs).toISOString()
      return store.addSilence({ matchers, actor, reason, started: time, until })
    },
    unsilence: (id) => store.endSilence(id, by()),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
