import { type Alert, toVersion } from './alert.ts'
import type { Routed } from './route.ts'

/** What is remembered of a group, also when the hub ends. */
export type GroupState = {
  readonly key: string
  /** When it is looked at next. */
  readonly flushAt: string
  /** When something was sent last. */
  readonly sentAt?: string
  /** What was told, by the keys of alerts: the version as {@link toVersion} has it. */
  readonly told: Readonly<Record<string, string>>
  /** How many messages it sent. */
  readonly sent: number
  /** What was over before anybody could be told, and was only counted, since the last message. */
  readonly quiet: number
}

/** What a group does when its time has come. */
export type Flush = {
  readonly reason?: 'new' | 'changed' | 'repeat'
  readonly firing: readonly Alert[]
  readonly resolved: readonly Alert[]
  readonly quiet: number
  /** Alerts that the group is done with. */
  readonly done: readonly string[]
  /** Absent: there is nothing left of the group. */
  readonly next?: GroupState
}

/**
 * Decides what a group tells now. Told is what is new, what is worse, and what is over (where the receiver wants it); what was
 * over before anybody could be told is told where it is news (high severity, or something that happened once), else it is
 * counted. What does not change is told again after the repeat interval. Pure.
 */
export const planFlush = (
  state: GroupState,
  alerts: readonly Alert[],
  { route, receiver }: Pick<Routed, 'route' | 'receiver'>,
  { now, isSilenced }: { readonly now: Date; readonly isSilenced: (alert: Alert) => boolean },
): Flush => {
  const wasTold = (alert: Alert): boolean => state.told[alert.key]?.endsWith(' firing') === true
  const over = alerts.filter(({ endsAt }) => endsAt !== undefined)
  const firing = alerts.filter((alert) => alert.endsAt === undefined && !isSilenced(alert))
  const fresh = firing.filter((alert) => state.told[alert.key] !== toVersion(alert))
  const resolved = over.filter((alert) => (wasTold(alert) ? receiver.sendResolved : alert.isNews && !isSilenced(alert)))
  const quiet = state.quiet + over.filter((alert) => !wasTold(alert) && !alert.isNews).length
  const repeatAt = Date.parse(state.sentAt ?? '') + route.repeatIntervalMs
  const isNew = fresh.length > 0 || resolved.length > 0
  const isRepeat = firing.some(({ acknowledgedBy }) => acknowledgedBy === undefined) && now.getTime() >= repeatAt
  const reason = isNew ? (state.sentAt === undefined ? 'new' : 'changed') : isRepeat ? 'repeat' : undefined
  // What was told stays told while it is silenced: that it is over is told then, too.
  const told = {
    ...state.told,
    ...(reason === undefined ? {} : Object.fromEntries(firing.map((alert) => [alert.key, toVersion(alert)]))),
  }
  const done = over.map(({ key }) => key)
  const sentAt = reason === undefined ? state.sentAt : now.toISOString()
  // A group that is empty stays for one interval: what comes back at once is not told at once.
  const isLeft =
    alerts.length > done.length || (sentAt !== undefined && now.getTime() < Date.parse(sentAt) + route.groupIntervalMs)
  const { sentAt: _, ...kept } = state
  return {
    ...(reason === undefined ? {} : { reason }),
    firing,
    resolved,
    quiet,
    done,
    ...(isLeft
      ? {
          next: {
            ...kept,
            told: keepKeys(
              told,
              alerts.filter(({ endsAt }) => endsAt === undefined),
            ),
            sent: state.sent + (reason === undefined ? 0 : 1),
            quiet: reason === undefined ? quiet : 0,
            flushAt: new Date(now.getTime() + route.groupIntervalMs).toISOString(),
            ...(sentAt === undefined ? {} : { sentAt }),
          },
        }
      : {}),
  }
}

/** A group that begins now. */
export const startGroup = ({ groupKey, route }: Pick<Routed, 'groupKey' | 'route'>, now: Date): GroupState => ({
  key: groupKey,
  flushAt: new Date(now.getTime() + route.groupWaitMs).toISOString(),
  told: {},
  sent: 0,
  quiet: 0,
})

/** Only of what is still open here: what is over, or went to another group, is forgotten. */
const keepKeys = (told: GroupState['told'], alerts: readonly Alert[]): GroupState['told'] =>
  Object.fromEntries(alerts.flatMap(({ key }) => (told[key] === undefined ? [] : [[key, told[key]]])))
