import type { AlertReceiver, SmtpServer } from './alert-policy.ts'
import type { Report } from './model.ts'
import type { AlertPolicySpec } from './schema/alert-policy.ts'

type ReceiverSpec = NonNullable<AlertPolicySpec['receivers']>[number]
type SmtpSpec = NonNullable<ReceiverSpec['email']>[number]['smtp']

const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue'
const SMTP_PORTS = { starttls: 587, tls: 465, none: 25 } as const
const OWN_HOST = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** A receiver with its defaults filled in. */
export const readReceiver = (spec: ReceiverSpec, pointer: string, report: Report): AlertReceiver => ({
  name: spec.name,
  sendResolved: spec.sendResolved ?? true,
  slack: spec.slack ?? [],
  msteams: spec.msteams ?? [],
  webhook: (spec.webhook ?? []) as AlertReceiver['webhook'],
  email: (spec.email ?? []).map(({ to, from, smtp }, index) => ({
    to,
    from,
    smtp: readSmtp(smtp, `${pointer}/email/${index}/smtp`, report),
  })),
  pagerduty: (spec.pagerduty ?? []).map(({ routingKey, url = PAGERDUTY_URL }) => ({ routingKey, url })),
  alertmanager: spec.alertmanager ?? [],
})

const readSmtp = ({ host, port, tls = 'starttls', username, password }: SmtpSpec, pointer: string, report: Report) => {
  if (tls === 'none' && password && !OWN_HOST.test(host)) {
    const hint = 'use starttls or tls, or leave username and password out'
    report(`${pointer}/tls`, { code: 'FIELD_INVALID', message: 'the password would be sent in the clear', hint })
  }
  const server: SmtpServer = {
    host,
    port: port ?? SMTP_PORTS[tls],
    tls,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
  return server
}
