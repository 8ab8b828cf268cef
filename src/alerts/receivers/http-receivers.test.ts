import type { ReceivedRequest } from '../../../test/alerts/http-receiver.ts'
import { startHttpReceiver } from '../../../test/alerts/http-receiver.ts'
import type { AlertReceiver } from '../../fleet/alert-policy.ts'
import type { ReceiverType } from '../open-receivers.ts'
import { describeReceiver, type ReceiverWorld } from './receivers.contract.ts'

const startWorld = async (
  toWorld: (url: string) => { readonly config: Partial<AlertReceiver>; readonly secret?: string },
): Promise<ReceiverWorld> => {
  const server = await startHttpReceiver()
  const echo = ({ path, headers, body }: ReceivedRequest): string =>
    `${path} ${body.slice(0, 100)} ${JSON.stringify(headers)}`
  return {
    ...toWorld(server.url),
    answer: (how) => {
      server.answer((request) => {
        if (how === 'busy') return { status: 429, headers: { 'retry-after': '7' } }
        if (how === 'broken') return { status: 503 }
        if (how === 'refuse') return { status: 403, body: 'not for you' }
        if (how === 'echo') return { status: 400, body: `not for you: ${echo(request)}` }
        return how === 'hang' ? { status: 200, hang: true } : { status: 200, body: 'ok' }
      })
    },
    received: () => server.requests.map(({ body }) => body),
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

const SECRET_URL = { secret: 'canary' }

const WORLDS: Readonly<
  Partial<Record<ReceiverType, (url: string) => { config: Partial<AlertReceiver>; secret?: string }>>
> = {
  slack: (url) => ({ config: { slack: [{ url: SECRET_URL }] }, secret: `${url}/services/T0/B0/canary-0123456789` }),
  msteams: (url) => ({
    config: { msteams: [{ url: SECRET_URL }] },
    secret: `${url}/workflows/canary-0123456789?sig=x`,
  }),
  webhook: (url) => ({ config: { webhook: [{ url, signingKey: SECRET_URL }] } }),
  pagerduty: (url) => ({ config: { pagerduty: [{ url: `${url}/v2/enqueue`, routingKey: SECRET_URL }] } }),
  alertmanager: (url) => ({ config: { alertmanager: [{ url }] } }),
}

const LIMITS: Readonly<Partial<Record<ReceiverType, number>>> = { slack: 40_000, msteams: 28 * 1024 }

for (const [type, toWorld] of Object.entries(WORLDS))
  describeReceiver(type as ReceiverType, () => startWorld(toWorld), {
    most: LIMITS[type as ReceiverType] ?? 2 * 1024 * 1024,
  })
