import type { FastifyReply } from 'fastify'

/**
 * Aborted when the answer is through, or whoever asked is gone. Not `request.signal`: that one is aborted as soon as the
 * body of the request was read.
 */
export const toClosed = (reply: FastifyReply): AbortSignal => {
  const closed = new AbortController()
  reply.raw.once('close', () => closed.abort())
  return closed.signal
}
