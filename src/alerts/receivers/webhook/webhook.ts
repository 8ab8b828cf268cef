import { createHmac } from 'node:crypto'
import type { AlertReceiver } from '../../../fleet/alert-policy.ts'
import type { Notification } from '../../notification.ts'
import type { Receiver, ReceiverDeps } from '../receiver.ts'

/** Any program that speaks HTTP: JSON, signed where there is a key. */
export const createWebhookReceiver = (
  { url, signingKey }: AlertReceiver['webhook'][number],
  { post, readSecret, now }: ReceiverDeps,
): Receiver => ({
  send: async (notification, { signal }) => {
    const body = JSON.stringify(toWebhookBody(notification))
    const seconds = Math.floor(now().getTime() / 1_000)
    return post({
      url: typeof url === 'string' ? url : await readSecret(url),
      body,
      headers: {
        'lockstep-delivery': notification.id,
        ...(signingKey === undefined
          ? {}
          : { 'lockstep-signature': signWebhook(body, seconds, await readSecret(signingKey)) }),
      },
      signal,
    })
  },
})

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`, so that neither can be exchanged. */
export const signWebhook = (body: string, seconds: number, key: string): string =>
  `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`

/** What is sent. Fields may be added within a version. Pure. */
export const toWebhookBody = ({ alerts, ...rest }: Notification) => ({
  version: 1,
  ...rest,
  alerts: alerts.map(({ isNews: _, expiresAt: __, ...alert }) => ({
    status: alert.endsAt === undefined ? 'firing' : 'resolved',
    ...alert,
  })),
})
