import { createHash } from 'node:crypto'
import type { AlertReceiver } from '../../../fleet/alert-policy.ts'
import { toMessage } from '../../message.ts'
import type { Notification } from '../../notification.ts'
import type { Receiver, ReceiverDeps, SendResult } from '../receiver.ts'

// https://developer.pagerduty.com/docs/events-api-v2-overview: summary 1024 characters, event 512 KB, dedup_key 255 characters
const SUMMARY_CHARS = 1_024

const SEVERITIES = { critical: 'critical', high: 'error', medium: 'warning', low: 'info', info: 'info' } as const

/** A service of PagerDuty, by version 2 of its Events API. A group of alerts is one incident. */
export const createPagerDutyReceiver = (
  { routingKey, url }: AlertReceiver['pagerduty'][number],
  { post, readSecret }: ReceiverDeps,
): Receiver => ({
  send: async (notification, { signal }) => {
    const routing_key = await readSecret(routingKey)
    let result: SendResult = { type: 'sent', detail: 'nothing to page for: it was over before anybody was told' }
    for (const event of toPagerDutyEvents(notification)) {
      result = await post({ url, body: JSON.stringify({ routing_key, ...event }), signal })
      if (result.type === 'failed') break
    }
    return result
  },
})

/** The events of a notification: one as a rule, both for a test, none for what was over before it could be told. Pure. */
export const toPagerDutyEvents = (notification: Notification) => {
  const { groupKey, firing, reason, groupLabels, alerts, severity } = notification
  const isTest = reason === 'test'
  const dedup_key = `lockstep/${createHash('sha256')
    .update(isTest ? notification.id : groupKey)
    .digest('hex')}`
  const resolve = { event_action: 'resolve' as const, dedup_key }
  if (firing === 0) return reason === 'new' ? [] : [resolve]
  const message = toMessage(notification)
  const link = alerts.find(({ annotations }) => annotations.link !== undefined)?.annotations.link
  const trigger = {
    event_action: 'trigger' as const,
    dedup_key,
    client: 'Lockstep',
    payload: {
      summary: message.title.slice(0, SUMMARY_CHARS),
      source: groupLabels.cluster ?? alerts[0]?.labels.cluster ?? 'fleet',
      severity: SEVERITIES[severity],
      timestamp: notification.time,
      ...(groupLabels.component === undefined ? {} : { component: groupLabels.component }),
      ...(groupLabels.namespace === undefined ? {} : { group: groupLabels.namespace }),
      class: alerts[0]?.labels.alertname ?? 'Lockstep',
      custom_details: Object.fromEntries([
        ...message.items.map(({ summary, facts }) => [summary, Object.fromEntries(facts)]),
        ...(message.rest.length === 0 ? [] : [['Besides', message.rest.join('; ')]]),
      ]),
    },
    ...(link === undefined ? {} : { links: [{ href: link, text: 'Open in the hub' }] }),
  }
  return isTest ? [trigger, resolve] : [trigger]
}
