import { createHash } from 'node:crypto'
import { connect, isIP, type Socket } from 'node:net'
import { isLockstepError, toError } from '../../../base/errors.ts'
import type { AlertReceiver, SmtpServer } from '../../../fleet/alert-policy.ts'
import { toMessage } from '../../message.ts'
import type { Notification } from '../../notification.ts'
import type { Receiver, ReceiverDeps, SendResult } from '../receiver.ts'
import { formatHtml, formatText } from './format-mail.ts'

const TIMEOUT_MS = 15_000

/** E-mail over an SMTP server. */
export const createEmailReceiver = (config: AlertReceiver['email'][number], deps: ReceiverDeps): Receiver => ({
  send: async (notification, { signal }) => {
    const { smtp } = config
    try {
      return await sendMail(config, notification, deps, signal)
    } catch (error) {
      signal.throwIfAborted()
      return toFailure(error, `${smtp.host}:${smtp.port}`)
    }
  },
})

const sendMail = async (
  { to, from, smtp }: AlertReceiver['email'][number],
  notification: Notification,
  { guard, readSecret }: ReceiverDeps,
  signal: AbortSignal,
): Promise<SendResult> => {
  // Resolved once, by the guard: where it allowed to connect to is where it is connected to.
  const [address] = await guard.resolve(smtp.host)
  if (address === undefined) return { type: 'failed', retry: 'transient', reason: `${smtp.host} has no address` }
  if (smtp.username !== undefined && smtp.tls === 'none' && !isLoopback(address.address))
    return {
      type: 'failed',
      retry: 'terminal',
      reason: `${smtp.host} would get the password without TLS: use starttls or tls`,
    }
  const auth =
    smtp.username === undefined || smtp.password === undefined
      ? {}
      : { auth: { user: smtp.username, pass: await readSecret(smtp.password) } }
  const { createTransport } = await import('nodemailer')
  // A socket of our own can be cut off at any time.
  const socket = await openSocket(address.address, smtp.port, signal)
  const abort = (): void => {
    socket.destroy(new Error('it took too long'))
  }
  signal.addEventListener('abort', abort, { once: true })
  const transport = createTransport({ ...toConnection(smtp), ...auth, connection: socket })
  try {
    const message = toMessage(notification)
    const { response } = await transport.sendMail({
      from,
      to: [...to],
      subject: `[${message.isOver ? 'over' : message.severity}] ${message.title}`,
      text: formatText(message),
      html: formatHtml(message),
      ...toThread(notification, from),
      // Never answered by a holiday notice (RFC 3834).
      headers: { 'auto-submitted': 'auto-generated' },
    })
    return { type: 'sent', detail: `${smtp.host} answers ${response}` }
  } finally {
    signal.removeEventListener('abort', abort)
    transport.close()
    socket.destroy()
  }
}

const openSocket = (host: string, port: number, signal: AbortSignal): Promise<Socket> => {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ host, port, signal, timeout: TIMEOUT_MS })
  socket.once('error', reject)
  socket.once('timeout', () => socket.destroy(new Error('it does not answer')))
  socket.once('connect', () => {
    socket.off('error', reject).removeAllListeners('timeout')
    resolve(socket)
  })
  return promise
}

const toConnection = ({ host, port, tls }: SmtpServer) => ({
  host,
  port,
  secure: tls === 'tls',
  requireTLS: tls === 'starttls',
  ignoreTLS: tls === 'none',
  tls: { ...(isIP(host) === 0 ? { servername: host } : {}), minVersion: 'TLSv1.2' as const },
  greetingTimeout: TIMEOUT_MS,
  socketTimeout: TIMEOUT_MS,
  disableFileAccess: true,
  disableUrlAccess: true,
})

/** The same message keeps its id, so that a repetition can be told; messages of a group are one conversation. */
const toThread = ({ id, groupKey }: Notification, from: string) => {
  const domain = from.slice(from.indexOf('@') + 1)
  const name = (text: string): string => `<${createHash('sha256').update(text).digest('hex').slice(0, 32)}@${domain}>`
  return { messageId: name(id), references: [name(groupKey)], inReplyTo: name(groupKey) }
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** 4xx is for later, 5xx for good (RFC 5321); what came before an answer may pass. */
const toFailure = (error: unknown, server: string): SendResult => {
  const { responseCode, code } = error as { responseCode?: number; code?: string }
  const isFinal = isLockstepError(error)
    ? error.retry === 'terminal'
    : (responseCode !== undefined && responseCode >= 500) || code === 'EAUTH' || code === 'EENVELOPE'
  const isPassing = responseCode !== undefined && responseCode < 500
  return {
    type: 'failed',
    retry: isFinal && !isPassing ? 'terminal' : 'transient',
    reason: `${server}: ${toError(error).message}`,
  }
}
