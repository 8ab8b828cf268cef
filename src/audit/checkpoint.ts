import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { formatCanonical } from '../kube/canonical.ts'
import type { ChainHead } from './record.ts'

/** A signed word that the chain had this record at this place: whoever rewrites it, or cuts it off, contradicts it. */
export type Checkpoint = ChainHead & {
  readonly time: string
  /** {@link toKeyId} of the key that signed. */
  readonly key: string
  /** Ed25519 over the other fields as canonical JSON, in base64. */
  readonly signature: string
}

/** Signs the end of a chain with an Ed25519 key. */
export const signCheckpoint = ({ seq, hash }: ChainHead, time: string, privateKey: KeyObject): Checkpoint => {
  const unsigned = { seq, hash, time, key: toKeyId(createPublicKey(privateKey)) }
  return { ...unsigned, signature: sign(null, toBytes(unsigned), privateKey).toString('base64') }
}

/** Did one of these keys sign it? */
export const isSignedBy = (checkpoint: Checkpoint, keys: readonly KeyObject[]): boolean => {
  const { signature, ...unsigned } = checkpoint
  const key = keys.find((candidate) => toKeyId(candidate) === checkpoint.key)
  return key !== undefined && verify(null, toBytes(unsigned), key, Buffer.from(signature, 'base64'))
}

/** Names a public key: the first 16 hexadecimal digits of the SHA-256 of its DER form. */
export const toKeyId = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)

const toBytes = (unsigned: Omit<Checkpoint, 'signature'>): Buffer => Buffer.from(formatCanonical(unsigned))
