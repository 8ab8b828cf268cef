import type { FastifyReply } from 'fastify'

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
const YEAR_S = 31_536_000

/** What browsers are told with every answer. There is no CORS: pages of other origins read nothing. */
export const setSecurityHeaders = (reply: FastifyReply, { isTls }: { readonly isTls: boolean }): void => {
  reply.headers(HEADERS)
  if (isTls) reply.header('strict-transport-security', `max-age=${YEAR_S}`)
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
}
