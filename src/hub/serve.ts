import Fastify, { type FastifyInstance } from 'fastify'
import type { Store } from '../store/store.ts'
import type { Hub } from './hub.ts'
import { formatMetrics } from './metrics.ts'
import { isEqual, judgeWebhook } from './webhook.ts'

/** What is served. */
export type ServeDeps = {
  readonly hub: Hub
  readonly store: Store
  readonly heapBytes: () => number
  /** What webhooks are signed with; without it they are refused. */
  readonly webhookSecret?: string
  /** PEM; without it, plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

const MAX_WEBHOOK_BYTES = 1024 * 1024
/** What an API server sends at a time. */
const MAX_AUDIT_BYTES = 16 * 1024 * 1024
/** Deliveries that are remembered, so that a recorded one cannot be sent again and again. */
const DELIVERIES = 10_000

/** Serves health, metrics and webhooks; it has still to listen. */
export const createHubServer = ({ hub, store, heapBytes, webhookSecret, tls }: ServeDeps): FastifyInstance => {
  const options = { bodyLimit: MAX_WEBHOOK_BYTES, requestTimeout: 30_000, forceCloseConnections: true }
  const server = (tls ? Fastify({ ...options, https: tls }) : Fastify(options)) as FastifyInstance
  const deliveries = new Set<string>()
  server.removeAllContentTypeParsers()
  // Whatever it is said to be, it is bytes: nothing is parsed before it is verified.
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  server.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
  })

  server.get('/healthz', async () => ({ status: 'ok' }))

  server.get('/readyz', async (_, reply) => {
    const { revision, gitError } = hub.status()
    const reason = revision === undefined ? (gitError ?? 'the fleet was not read yet') : undefined
    return reply.code(reason === undefined ? 200 : 503).send({ status: reason === undefined ? 'ok' : reason })
  })

  server.get('/metrics', async (_, reply) => {
    const open = await store.listFindings({ isOpen: true })
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(formatMetrics({ status: hub.status(), open, heapBytes: heapBytes() }))
  })

  server.post('/webhooks/git', async (request, reply) => {
    if (webhookSecret === undefined)
      return reply.code(404).send({ error: 'webhooks are off: start the hub with a secret for them' })
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.of()
    const verdict = judgeWebhook(request.headers, body, webhookSecret)
    if (verdict.type === 'refused') return reply.code(401).send({ error: verdict.reason })
    if (verdict.type === 'other') return reply.code(202).send({ status: 'ignored' })
    const id = `${verdict.provider} ${verdict.delivery}`
    if (verdict.delivery !== '' && deliveries.has(id)) return reply.code(202).send({ status: 'seen before' })
    deliveries.add(id)
    if (deliveries.size > DELIVERIES) deliveries.delete(deliveries.values().next().value as string)
    hub.poke()
    return reply.code(202).send({ status: 'asking Git' })
  })

  server.post<{ Params: { cluster: string } }>(
    '/webhooks/kubernetes-audit/:cluster',
    { bodyLimit: MAX_AUDIT_BYTES },
    async (request, reply) => {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
      if (webhookSecret === undefined || token === undefined || !isEqual(token, webhookSecret))
        return reply.code(401).send({ error: 'the token does not fit' })
      const batch = parseJson(request.body)
      if (batch === undefined) return reply.code(400).send({ error: 'it is not JSON' })
      const isKnown = await hub.noteAuditEvents(request.params.cluster, batch)
      return reply.code(isKnown ? 200 : 404).send({ status: isKnown ? 'ok' : 'there is no such cluster' })
    },
  )

  return server
}

const parseJson = (body: unknown): unknown => {
  try {
    return JSON.parse(String(body))
  } catch {
    return undefined
  }
}
