import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecret, formatToken, hashSecret, parseToken } from '../../api/token.ts'

/** The id of the token that everything begins with. */
export const BOOTSTRAP_ID = 'bootstrap'

/** The admin token of a data folder. */
export type BootstrapToken = {
  readonly file: string
  /** Of its secret. */
  readonly hash: string
  readonly isNew: boolean
}

/**
 * The admin token: a file that only the hub's user can read, made where it is missing. Whoever deletes it has another one
 * after the next start.
 */
export const openBootstrapToken = (dataDir: string): BootstrapToken => {
  const file = join(dataDir, 'admin-token')
  const isNew = makeFile(file, `${formatToken({ id: BOOTSTRAP_ID, secret: createSecret() })}\n`)
  chmodSync(file, 0o600)
  // What is no token lets nobody in: its hash is that of a secret that nobody knows.
  const secret = parseToken(readFileSync(file, 'utf8').trim())?.secret ?? createSecret()
  return { file, hash: hashSecret(secret), isNew }
}

const makeFile = (file: string, content: string): boolean => {
  try {
    writeFileSync(file, content, { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
