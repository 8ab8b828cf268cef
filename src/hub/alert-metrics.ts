import type { DeliveryCounts } from '../alerts/deliver.ts'
import { SEVERITIES, type Severity } from '../fleet/severity.ts'

/** What there is to count of alerts. */
export type AlertNumbers = {
  readonly firing: Readonly<Partial<Record<Severity, number>>>
  /** Differences below high that were healed before anybody could be told. */
  readonly quiet: number
  readonly delivered: DeliveryCounts
  /** In the outbox, without what arrived. */
  readonly outbox: readonly { readonly target: string; readonly state: string; readonly count: number }[]
}

/** A value of a metric, with its labels. */
export type AlertSample = readonly [value: number, labels?: Readonly<Record<string, string>>]

/** A metric of alerts, and how it is read. */
export type AlertMetric = {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly labels: readonly string[]
  readonly read: (numbers: AlertNumbers) => readonly AlertSample[]
}

const ofOutbox =
  (wanted: string) =>
  ({ outbox }: AlertNumbers): AlertSample[] =>
    outbox.filter(({ state }) => state === wanted).map(({ target, count }) => [count, { target }])

/** The metrics of alerts. */
export const ALERT_METRICS: readonly AlertMetric[] = [
  {
    name: 'lockstep_alerts_firing',
    type: 'gauge',
    help: 'Alerts that are open.',
    labels: ['severity'],
    read: ({ firing }) => SEVERITIES.map((severity) => [firing[severity] ?? 0, { severity }]),
  },
  {
    name: 'lockstep_alerts_quiet_total',
    type: 'counter',
    help: 'Differences below high that were healed before anybody could be told.',
    labels: [],
    read: ({ quiet }) => [[quiet]],
  },
  {
    name: 'lockstep_notifications_total',
    type: 'counter',
    help: 'Attempts to send a notification, by how they ended.',
    labels: ['target', 'result'],
    read: ({ delivered }) =>
      [...delivered].flatMap(([target, results]) =>
        Object.entries(results).map(([result, value]): AlertSample => [value, { target, result }]),
      ),
  },
  {
    name: 'lockstep_notifications_pending',
    type: 'gauge',
    help: 'Notifications on their way.',
    labels: ['target'],
    read: ofOutbox('pending'),
  },
  {
    name: 'lockstep_notifications_dead',
    type: 'gauge',
    help: 'Notifications that were given up.',
    labels: ['target'],
    read: ofOutbox('dead'),
  },
]

/** What there is to count where nobody was told anything yet. */
export const NO_ALERTS: AlertNumbers = { firing: {}, quiet: 0, delivered: new Map(), outbox: [] }
