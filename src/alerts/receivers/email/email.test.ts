import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type SmtpReceiver, startSmtpReceiver } from '../../../../test/alerts/smtp-receiver.ts'
import { systemClock } from '../../../base/system-clock.ts'
import type { SmtpServer } from '../../../fleet/alert-policy.ts'
import { createCertificate } from '../../../simcluster/certificate.ts'
import { createUrlGuard } from '../../../source/url-guard.ts'
import { at, toAlert, toSample } from '../../testing/sample.ts'
import type { SendResult } from '../receiver.ts'
import { describeReceiver } from '../receivers.contract.ts'
import { createEmailReceiver } from './email.ts'

const PASSWORD = 'canary-of-a-password'
const USER = { name: 'lockstep', password: PASSWORD }
const { key, certificate } = createCertificate(new Date())
const tls = { key, cert: certificate }
const known = getCACertificates()

beforeAll(() => setDefaultCACertificates([...known, certificate]))
afterAll(() => setDefaultCACertificates(known))

describeReceiver(
  'email',
  async () => {
    const server = await startSmtpReceiver({ tls, user: USER })
    const smtp: SmtpServer = {
      host: '127.0.0.1',
      port: server.port,
      tls: 'starttls',
      username: USER.name,
      password: { secret: 'canary' },
    }
    return {
      config: { email: [{ to: ['ops@example.com'], from: 'lockstep@example.com', smtp }] },
      secret: PASSWORD,
      answer: server.answer,
      received: () => server.mails.map(({ text }) => decodeQuotedPrintable(text)),
      [Symbol.asyncDispose]: server[Symbol.asyncDispose],
    }
  },
  { pauses: false },
)

/** Long lines are folded, and what is not ASCII is written as `=XX`. */
const decodeQuotedPrintable = (text: string): string =>
  text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

let server: SmtpReceiver | undefined
afterEach(async () => {
  await server?.[Symbol.asyncDispose]()
  server = undefined
})

const send = async (smtp: Partial<SmtpServer>, password = PASSWORD): Promise<SendResult> =>
  createEmailReceiver(
    {
      to: ['ops@example.com', 'net@example.com'],
      from: 'lockstep@example.com',
      smtp: { host: '127.0.0.1', port: server?.port ?? 0, tls: 'starttls', ...smtp },
    },
    {
      now: systemClock.now,
      guard: createUrlGuard(['127.0.0.1', 'mail.example.com'], async () => [{ address: '127.0.0.1', family: 4 }]),
      post: async () => ({ type: 'failed', retry: 'terminal', reason: 'no HTTP here' }),
      readSecret: async () => password,
    },
  ).send(toSample([toAlert('web'), toAlert('api', { endsAt: at(5) })], { reason: 'changed' }), {
    signal: AbortSignal.timeout(10_000),
  })

const LOGIN = { username: USER.name, password: { secret: 'smtp' } } as const

test('a mail is encrypted by STARTTLS, and sent to everybody named', async () => {
  server = await startSmtpReceiver({ tls, user: USER })

  expect(await send(LOGIN)).toMatchObject({ type: 'sent' })
  expect(server.mails).toMatchObject([
    { from: 'lockstep@example.com', to: ['ops@example.com', 'net@example.com'], isEncrypted: true, user: USER.name },
  ])
})

test('a mail has text and HTML, an id that stays, and belongs to the conversation of its group', async () => {
  server = await startSmtpReceiver({ tls })
  await send({})
  await send({})
  const [first = '', second = ''] = server.mails.map(({ text }) => text)
  const header = (text: string, name: string): string =>
    new RegExp(`^${name}: (.+)$`, 'mi').exec(text)?.[1]?.trim() ?? ''

  expect(first).toContain('Content-Type: text/plain')
  expect(first).toContain('Content-Type: text/html')
  expect(header(first, 'Auto-Submitted')).toBe('auto-generated')
  expect(header(first, 'Subject')).toMatch(/^\[high\] /)
  expect(header(first, 'Message-ID')).toMatch(/^<[0-9a-f]{32}@example\.com>$/)
  expect(header(second, 'Message-ID')).toBe(header(first, 'Message-ID'))
  expect(header(first, 'References')).toMatch(/^<[0-9a-f]{32}@example\.com>$/)
})

test('a mail goes over TLS from the first byte on, where that is said', async () => {
  server = await startSmtpReceiver({ tls, secure: true, user: USER })

  expect(await send({ ...LOGIN, tls: 'tls' })).toMatchObject({ type: 'sent' })
  expect(server.mails).toMatchObject([{ isEncrypted: true }])
})

test('STARTTLS is insisted on: a server that does not offer it gets neither password nor mail', async () => {
  server = await startSmtpReceiver({ user: USER })

  expect(await send(LOGIN)).toMatchObject({ type: 'failed' })
  expect(server.mails).toEqual([])
})

test('a certificate that nobody vouches for is refused', async () => {
  setDefaultCACertificates(known)
  server = await startSmtpReceiver({ tls, user: USER })
  const result = await send(LOGIN)
  setDefaultCACertificates([...known, certificate])

  expect(result).toMatchObject({ type: 'failed', reason: expect.stringMatching(/self-signed|certificate/) })
  expect(server.mails).toEqual([])
})

test('a certificate of another host is refused', async () => {
  server = await startSmtpReceiver({ tls, user: USER })

  expect(await send({ ...LOGIN, host: 'mail.example.com' })).toMatchObject({
    type: 'failed',
    reason: expect.stringContaining('does not match'),
  })
})

test('a password goes without TLS to this machine alone', async () => {
  server = await startSmtpReceiver({ user: USER })

  expect(await send({ ...LOGIN, tls: 'none' })).toMatchObject({ type: 'sent' })
  const elsewhere = createEmailReceiver(
    { to: ['a@b.c'], from: 'd@e.f', smtp: { ...LOGIN, host: 'mail.example.com', port: 25, tls: 'none' } },
    {
      now: systemClock.now,
      guard: createUrlGuard(['*'], async () => [{ address: '192.0.2.1', family: 4 }]),
      post: async () => ({ type: 'failed', retry: 'terminal', reason: 'no HTTP here' }),
      readSecret: async () => PASSWORD,
    },
  )
  expect(await elsewhere.send(toSample(), { signal: AbortSignal.timeout(1_000) })).toMatchObject({
    type: 'failed',
    retry: 'terminal',
    reason: expect.stringContaining('without TLS'),
  })
})

test('a wrong password is refused for good', async () => {
  server = await startSmtpReceiver({ tls, user: USER })

  expect(await send(LOGIN, 'wrong')).toMatchObject({ type: 'failed', retry: 'terminal' })
})
