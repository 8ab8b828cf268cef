import type { AlertReceiver } from '../../../fleet/alert-policy.ts'
import type { Alert } from '../../alert.ts'
import type { Notification } from '../../notification.ts'
import type { Receiver, ReceiverDeps } from '../receiver.ts'

/** Open alerts are sent again each minute: one that is not for so long is over to Alertmanager. */
const FORGET_MS = 300_000

/** An Alertmanager, by version 2 of its API. It groups and silences by itself. */
export const createAlertmanagerReceiver = (
  { url }: AlertReceiver['alertmanager'][number],
  { post, now }: ReceiverDeps,
): Receiver => ({
  send: (notification, { signal }) =>
    post({
      url: `${url.replace(/\/$/, '')}/api/v2/alerts`,
      body: JSON.stringify(toPostableAlerts(notification, now())),
      signal,
    }),
})

/** The alerts as https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml has them. Pure. */
export const toPostableAlerts = ({ alerts }: Pick<Notification, 'alerts'>, now: Date) =>
  alerts.map(({ labels, annotations, startsAt, endsAt, folded, times }: Alert) => {
    const { link, ...texts } = annotations
    return {
      labels,
      annotations: {
        ...texts,
        ...(folded > 0 ? { within: `${folded} more objects` } : {}),
        ...(times > 1 ? { happened: `${times} times` } : {}),
      },
      startsAt,
      endsAt: endsAt ?? new Date(now.getTime() + FORGET_MS).toISOString(),
      ...(link === undefined ? {} : { generatorURL: link }),
    }
  })
