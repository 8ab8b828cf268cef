import { createOpenApi } from '../../api/openapi.ts'
import type { SERVICE_OPERATIONS } from '../../api/service.ts'
import { judgeWebhook } from '../webhook.ts'
import type { Handlers } from './handler.ts'

/** Deliveries that are remembered, so that a recorded one cannot be sent again and again. */
const DELIVERIES = 10_000

/** What programs that run beside the hub ask it, or tell it. */
export const createServiceHandlers = (): Handlers<typeof SERVICE_OPERATIONS> => {
  const deliveries = new Set<string>()
  const openApi = createOpenApi()
  return {
    getHealth: async () => ({ status: 'ok' }),
    getReadiness: async (_, reply, { hub }) => {
      const { revision, gitError } = hub.status()
      const reason = revision === undefined ? (gitError ?? 'the fleet was not read yet') : undefined
      return reply.code(reason === undefined ? 200 : 503).send({ status: reason === undefined ? 'ok' : reason })
    },
    getMetrics: async (_, reply, { metrics }) => reply.type(metrics.contentType).send(await metrics.format()),
    notePush: async (request, reply, { hub, webhookSecret }) => {
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
    },
    noteAuditEvents: async (request, reply, { hub }) => {
      const batch = parseJson(request.body)
      if (batch === undefined) return reply.code(400).send({ error: 'it is not JSON' })
      const isKnown = await hub.noteAuditEvents((request.params as { cluster: string }).cluster, batch)
      return reply.code(isKnown ? 200 : 404).send({ status: isKnown ? 'ok' : 'there is no such cluster' })
    },
    getOpenApi: async () => openApi,
  }
}

const parseJson = (body: unknown): unknown => {
  try {
    return JSON.parse(String(body))
  } catch {
    return undefined
  }
}
