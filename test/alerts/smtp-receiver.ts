import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail that came, and how. */
export type ReceivedMail = {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly isEncrypted: boolean
  readonly user: string | undefined
}

/** How it answers the sender of a mail. */
export type SmtpAnswer = 'well' | 'busy' | 'broken' | 'refuse' | 'echo' | 'hang'

/** An SMTP server on 127.0.0.1 that takes mails and keeps them. */
export type SmtpReceiver = AsyncDisposable & {
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  readonly answer: (how: SmtpAnswer) => void
}

/** What it speaks, and whom it lets in. */
export type SmtpOptions = {
  /** PEM. Without it there is no TLS. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** TLS from the first byte on. */
  readonly secure?: boolean
  readonly user?: { readonly name: string; readonly password: string }
}

const ANSWERS: Readonly<Partial<Record<SmtpAnswer, readonly [number, string]>>> = {
  busy: [451, 'try again later'],
  broken: [421, 'closing'],
  refuse: [550, 'this is not for you'],
  echo: [554, 'this is not for you'],
}

/** Starts to listen. */
export const startSmtpReceiver = async ({ tls, secure = false, user }: SmtpOptions = {}): Promise<SmtpReceiver> => {
  const mails: ReceivedMail[] = []
  let how: SmtpAnswer = 'well'
  const server = new SMTPServer({
    secure,
    ...(tls ?? {}),
    ...(tls || secure ? {} : { disabledCommands: ['STARTTLS'] }),
    ...(user ? { allowInsecureAuth: true } : { authOptional: true, disabledCommands: tls ? [] : ['STARTTLS'] }),
    onAuth: ({ username, password }, _, done) => {
      // What it says of a password that does not fit repeats it, as bad servers do.
      if (user && username === user.name && password === user.password) done(null, { user: username })
      else done(Object.assign(new Error(`this is not for you: ${password}`), { responseCode: 535 }))
    },
    onMailFrom: (_, __, done) => {
      const answer = ANSWERS[how]
      if (how === 'hang') return
      if (answer) done(Object.assign(new Error(answer[1]), { responseCode: answer[0] }))
      else done()
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
          isEncrypted: session.secure,
          user: session.user === undefined ? undefined : String(session.user),
        })
        done()
      })
    },
  })
  // What breaks off in the middle of a test is what the test is about.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    answer: (next) => {
      how = next
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
