import type { Alert } from './alert.ts'
import type { GroupState } from './alert-group.ts'
import type { Notification } from './notification.ts'
import type { Silence } from './silence.ts'

/** A notification on its way to one receiver. */
export type Delivery = {
  readonly id: number
  /** `POLICY/RECEIVER/TYPE/INDEX`. */
  readonly target: string
  readonly groupKey: string
  readonly notification: Notification
  readonly created: string
  readonly attempts: number
  /** When it is tried next. */
  readonly due: string
  /** `dead`: given up, until somebody tries it again by hand. */
  readonly state: DeliveryState
  /** Why it did not arrive last; secrets are masked. */
  readonly error?: string
  readonly ended?: string
}

/** What became of a delivery. */
export type DeliveryState = 'pending' | 'sent' | 'dead'

/** Who does something, and when. */
export type By = { readonly actor: string; readonly time: string }

/** A step of alerting: everything that it changes, in one transaction. */
export type AlertStep = {
  /** The record of the trail up to which alerts were made. */
  readonly cursor: number
  /** Changed alerts by their keys; undefined: gone. */
  readonly alerts: ReadonlyMap<string, Alert | undefined>
  readonly groups: ReadonlyMap<string, GroupState | undefined>
  readonly deliveries: readonly Pick<Delivery, 'target' | 'groupKey' | 'notification' | 'created'>[]
}

/** What alerting keeps in the store. */
export type AlertStore = {
  readonly loadAlerting: () => Promise<{
    /** Absent: alerts were never made here. */
    readonly cursor?: number
    readonly alerts: readonly Alert[]
    readonly groups: readonly GroupState[]
  }>
  readonly saveAlerting: (step: AlertStep) => Promise<void>
  /** The delivery that a receiver gets next: the first that is due, none before an older one of the same group. */
  readonly nextDelivery: (target: string) => Promise<Delivery | undefined>
  readonly listPendingTargets: () => Promise<string[]>
  readonly noteAttempt: (id: number, attempt: { readonly due: string; readonly error: string }) => Promise<void>
  /** It arrived, or was given up, which is an audit event. */
  readonly endDelivery: (
    id: number,
    end: By & { readonly state: 'sent' | 'dead'; readonly error?: string },
  ) => Promise<void>
  /** Newest first. */
  readonly listDeliveries: (filter: {
    readonly state?: DeliveryState
    readonly id?: number
    /** Older than the one of this id: the end of the page before. */
    readonly before?: number
    readonly limit?: number
  }) => Promise<Delivery[]>
  readonly countDeliveries: () => Promise<
    readonly { readonly target: string; readonly state: DeliveryState; readonly count: number }[]
  >
  /** Tries a dead one again, from now on; false where there is no such. */
  readonly retryDelivery: (id: number, by: By) => Promise<boolean>
  /** Forgets those that arrived before this time. */
  readonly pruneDeliveries: (before: string) => Promise<void>
  readonly addSilence: (silence: Omit<Silence, 'id' | 'ended'>) => Promise<Silence>
  /** Undefined where there is none in force. */
  readonly endSilence: (id: number, by: By) => Promise<Silence | undefined>
  /** Those in force at a time. */
  readonly listSilences: (time: string) => Promise<Silence[]>
}
