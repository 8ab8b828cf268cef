import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Keeps a value with a browser that can neither read nor change it. */
export type Seal = { readonly close: (value: object) => string; readonly open: (text: string) => unknown }

const [IV_BYTES, TAG_BYTES] = [12, 16]

/** A seal of this process: what was sealed by another one does not open. */
export const createSeal = (): Seal => {
  const key = randomBytes(32)
  return {
    close: (value) => {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open: (text) => {
      const bytes = Buffer.from(text, 'base64url')
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
      try {
        const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
        return JSON.parse(opened.toString())
      } catch {
        // Somebody else's, or changed: it is as if there were none.
        return undefined
      }
    },
  }
}
