import { createSecureContext, type Server } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { toError } from '../../base/errors.ts'
import type { ServerDeps } from './server.ts'

/** A certificate and its key, PEM. */
export type TlsFiles = { readonly cert: string; readonly key: string }

const LOOK_MS = 10_000

/** Takes a certificate that was renewed, for connections from then on, until the signal. What does not fit is left. */
export const reloadTls = async (
  server: Server,
  initial: TlsFiles,
  { read, clock, log, signal }: { read: () => TlsFiles; clock: Clock; log: ServerDeps['log']; signal: AbortSignal },
): Promise<void> => {
  let current = initial
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, { signal }).catch(() => undefined)
    if (signal.aborted) return
    try {
      const found = read()
      if (found.cert === current.cert && found.key === current.key) continue
      // Half of a renewal does not fit together: it throws, and is looked at again.
      createSecureContext(found)
      server.setSecureContext({ ...found, minVersion: 'TLSv1.2' })
      current = found
      log('info', 'took the new certificate')
    } catch (error) {
      log('warn', 'the new certificate cannot be used', { error: toError(error).message })
    }
  }
}
