import { randomBytes } from 'node:crypto'
import type { AccessStore, StoredToken } from '../store/access.ts'
import type { Permission } from './access.ts'
import { createSecret, formatToken, hashSecret } from './token.ts'

/** A token at the only time that it is whole. */
export type IssuedToken = { readonly token: string; readonly stored: StoredToken }

/** What a token is to be. */
export type TokenRequest = {
  readonly name: string
  /** What the trail calls whoever uses it; `token/NAME` by default. */
  readonly actor?: string
  readonly permissions: readonly Permission[]
  readonly lifetimeMs: number
  readonly by: { readonly actor: string; readonly time: string }
  /** Where it was asked for. */
  readonly address?: string
}

/** Makes a token. It is told once: what is stored of it is the hash of its secret. */
export const issueToken = async (
  store: Pick<AccessStore, 'createToken'>,
  { name, actor = `token/${name}`, permissions, lifetimeMs, by, address }: TokenRequest,
): Promise<IssuedToken> => {
  const [id, secret] = [createId(), createSecret()]
  const stored: StoredToken = {
    id,
    name,
    actor,
    hash: hashSecret(secret),
    permissions: [...new Set(permissions)],
    createdBy: by.actor,
    created: by.time,
    expires: new Date(Date.parse(by.time) + lifetimeMs).toISOString(),
  }
  await store.createToken(stored, address === undefined ? {} : { address })
  return { token: formatToken({ id, secret }), stored }
}

const createId = (): string =>
  BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(13, '0')
    .slice(-10)
