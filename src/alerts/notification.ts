import { SEVERITIES, type Severity } from '../fleet/severity.ts'
import { type Alert, type Labels, toSeverity } from './alert.ts'

/** What a receiver is told at a time: the alerts of a group. It is stored until it was delivered, and never holds a secret. */
export type Notification = {
  /** The same each time that it is tried. */
  readonly id: string
  readonly groupKey: string
  readonly policy: string
  readonly receiver: string
  readonly groupLabels: Labels
  /** Why it is sent: `test` by hand, `refresh` to those that forget alerts which are not repeated. */
  readonly reason: 'new' | 'changed' | 'repeat' | 'refresh' | 'test'
  readonly status: 'firing' | 'resolved'
  readonly time: string
  /** The worst first; not more than {@link MOST_ALERTS}. */
  readonly alerts: readonly Alert[]
  /** How many more there are. */
  readonly more: number
  /** Over all of them. */
  readonly firing: number
  readonly resolved: number
  readonly severity: Severity
  /** Differences below high that were healed before anybody could be told, since the last message. */
  readonly quiet: number
}

/** So many alerts are in one message at most. */
export const MOST_ALERTS = 250

type NotificationInput = Pick<
  Notification,
  'groupKey' | 'policy' | 'receiver' | 'groupLabels' | 'reason' | 'time' | 'quiet'
> & { readonly firing: readonly Alert[]; readonly resolved: readonly Alert[] }

/** A message of these alerts. Pure. */
export const toNotification = (id: string, { firing, resolved, ...rest }: NotificationInput): Notification => {
  const alerts = [...sortAlerts(firing), ...sortAlerts(resolved)]
  const worst = Math.min(...alerts.map((alert) => SEVERITIES.indexOf(toSeverity(alert))))
  return {
    ...rest,
    id,
    status: firing.length > 0 ? 'firing' : 'resolved',
    alerts: alerts.slice(0, MOST_ALERTS).map(shorten),
    more: Math.max(0, alerts.length - MOST_ALERTS),
    firing: firing.length,
    resolved: resolved.length,
    severity: SEVERITIES[worst] ?? 'info',
  }
}

/** What others wrote, error messages above all, can be of any length. */
const MOST_CHARS = 1_000

const shorten = (alert: Alert): Alert => {
  const texts = Object.entries(alert.annotations) as [string, string][]
  if (texts.every(([, text]) => text.length <= MOST_CHARS)) return alert
  const cut = texts.map(([name, text]) => [name, text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text])
  return { ...alert, annotations: Object.fromEntries(cut) as Alert['annotations'] }
}

const sortAlerts = (alerts: readonly Alert[]): Alert[] =>
  alerts.toSorted(
    (left, right) =>
      SEVERITIES.indexOf(toSeverity(left)) - SEVERITIES.indexOf(toSeverity(right)) ||
      (left.startsAt < right.startsAt ? -1 : 1),
  )
