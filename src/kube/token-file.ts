import type { Clock } from '../base/clock.ts'
import { toError } from '../base/errors.ts'
import type { ClusterAccess, Credentials } from './cluster-access.ts'
import { createKubeError } from './errors.ts'

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
    const token = await readToken(path, deps.read)
    known = { credentials: { ...certificate, authorization: `Bearer ${token}` }, until: now + REFRESH_MS }
    return known.credentials
  }
}

const readToken = async (path: string, read: (path: string) => Promise<Buffer>): Promise<string> => {
  try {
    return (await read(path)).toString().trim()
  } catch (error) {
    throw createKubeError('KUBECONFIG_INVALID', `token file ${path} cannot be read: ${toError(error).message}`, {
      subject: path,
      cause: error,
    })
  }
}
