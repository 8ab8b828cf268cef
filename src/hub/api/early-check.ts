import type { FastifyRequest } from 'fastify'
import { createApiError } from '../../api/errors.ts'
import type { OperationId } from '../../api/operations.ts'
import { isEqual } from '../webhook.ts'
import type { ApiDeps } from './handler.ts'

type Check = (request: Pick<FastifyRequest, 'headers'>, deps: Pick<ApiDeps, 'webhookSecret'>) => void

/** What operations that verify their senders themselves can tell before they take a body: strangers send no 16 MiB. */
export const EARLY_CHECKS: Readonly<Partial<Record<OperationId, Check>>> = {
  noteAuditEvents: ({ headers }, { webhookSecret }) => {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    if (webhookSecret === undefined || token === undefined || !isEqual(token, webhookSecret))
      throw createApiError('AUTHENTICATION_FAILED', 'the token is not the secret of webhooks')
  },
}
