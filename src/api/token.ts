import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A token in parts: `lsk_ID_SECRET`. The id finds it, the secret proves it. */
export type TokenParts = { readonly id: string; readonly secret: string }

const PATTERN = /^lsk_([a-z0-9]{1,16})_([A-Za-z0-9_-]{43})$/

/** A new secret of 256 bits. */
export const createSecret = (): string => randomBytes(32).toString('base64url')

export const formatToken = ({ id, secret }: TokenParts): string => `lsk_${id}_${secret}`

/** The parts of a token; undefined where it is none. */
export const parseToken = (text: string): TokenParts | undefined => {
  const [, id, secret] = PATTERN.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** What is kept of a secret, in hex. It is random and long: a slow hash would guard nothing. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Is it the secret of this hash? Takes as long whether it is nearly right or not at all. */
export const isSecretOf = (secret: string, hash: string): boolean => {
  const [left, right] = [Buffer.from(hashSecret(secret)), Buffer.from(hash)]
  return left.length === right.length && timingSafeEqual(left, right)
}
