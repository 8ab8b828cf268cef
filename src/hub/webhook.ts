import { createHmac, timingSafeEqual } from 'node:crypto'

/** The headers of a request, by lower-case name. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a webhook turned out to be. */
export type WebhookVerdict =
  | { readonly type: 'push'; readonly provider: string; readonly delivery: string }
  | { readonly type: 'other'; readonly provider: string }
  | { readonly type: 'refused'; readonly reason: string }

type Provider = {
  readonly name: string
  readonly event: string
  readonly push: readonly string[]
  /** The header that names a delivery: one that came before is not acted on again. */
  readonly delivery?: string
  readonly verify: (headers: Headers, body: Buffer, secret: string) => boolean
}

const one = (value: string | string[] | undefined): string => (Array.isArray(value) ? (value[0] ?? '') : (value ?? ''))

/** Are two secrets the same, without telling by time how far they are. */
export const isEqual = (left: string, right: string): boolean => {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const hmac = (body: Buffer, secret: string): string => createHmac('sha256', secret).update(body).digest('hex')

const bySha256 = (header: string) => (headers: Headers, body: Buffer, secret: string) =>
  isEqual(one(headers[header]), `sha256=${hmac(body, secret)}`)

/** The more particular first: Gitea and Forgejo also send GitHub's headers. */
const PROVIDERS: readonly Provider[] = [
  {
    name: 'gitea',
    event: 'x-gitea-event',
    push: ['push', 'create'],
    delivery: 'x-gitea-delivery',
    verify: (headers, body, secret) => isEqual(one(headers['x-gitea-signature']), hmac(body, secret)),
  },
  {
    name: 'gitlab',
    event: 'x-gitlab-event',
    push: ['Push Hook', 'Tag Push Hook'],
    delivery: 'x-gitlab-event-uuid',
    verify: (headers, _, secret) => isEqual(one(headers['x-gitlab-token']), secret),
  },
  {
    name: 'bitbucket',
    event: 'x-event-key',
    push: ['repo:push', 'repo:refs_changed'],
    delivery: 'x-request-uuid',
    verify: bySha256('x-hub-signature'),
  },
  {
    name: 'github',
    event: 'x-github-event',
    push: ['push', 'create'],
    delivery: 'x-github-delivery',
    verify: bySha256('x-hub-signature-256'),
  },
]

/**
 * Decides what a webhook is, from its headers and the digest of its body alone: nothing of the body is parsed, as all that
 * follows from it is that Git is asked. Pure.
 */
export const judgeWebhook = (headers: Headers, body: Buffer, secret: string): WebhookVerdict => {
  const provider = PROVIDERS.find(({ event }) => headers[event] !== undefined)
  if (!provider) return { type: 'refused', reason: 'it comes from no provider that is known' }
  if (!provider.verify(headers, body, secret)) return { type: 'refused', reason: 'its signature does not fit' }
  if (!provider.push.includes(one(headers[provider.event]))) return { type: 'other', provider: provider.name }
  const delivery = provider.delivery === undefined ? '' : one(headers[provider.delivery])
  return { type: 'push', provider: provider.name, delivery }
}
