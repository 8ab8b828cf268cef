const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}
const YEAR_S = 31_536_000

/** What browsers are told with every answer. There is no CORS: pages of other origins read nothing. */
export const toSecurityHeaders = ({ isTls }: { readonly isTls: boolean }): Readonly<Record<string, string>> =>
  isTls ? { ...HEADERS, 'strict-transport-security': `max-age=${YEAR_S}` } : HEADERS
