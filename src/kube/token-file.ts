import type { Clock } from '../base/clock.ts'
import type { ClusterAccess, Credentials } from './cluster-access.ts'

/** How long a token read from a file is good for: kubelets write a new one well before the old one ends. */
const REFRESH_MS = 60_000

/** Credentials whose token is read from a file again and again, since somebody else keeps it fresh. */
export const createTokenFile = (
  path: string,
  certificate: Credentials,
  deps: { readonly clock: Clock; readonly read: (path: string) => Promise<Buffer> },
): ClusterAccess['getCredentials'] => {
  let known: { readonly credentials: Credentials; readonly until: number } | undefined
  return async (options = {}) => {
    const now = deps.clock.now().getTime()
    if (known && now < known.until && !options.renew) return known.credentials
    const token = (await deps.read(path)).toString().trim()
    known = { credentials: { ...certificate, authorization: `Bearer ${token}` }, until: now + REFRESH_MS }
    return known.credentials
  }
}
