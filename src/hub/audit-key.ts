import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toKeyId } from '../audit/checkpoint.ts'
import { KEY_EVENT } from '../audit/verify.ts'
import { iterateAudit } from '../store/audit-trail.ts'
import type { Store } from '../store/store.ts'

/** The key that signs checkpoints: a file that only the hub's user can read, beside its database. */
const FILE = 'audit.key'

/**
 * The Ed25519 key of a hub's trail, made on first use. A key that the trail does not know yet (the first one, or one that
 * was put in its place to rotate it) is announced there before it signs anything.
 */
export const openAuditKey = async (
  dataDir: string,
  store: Store,
  by: { readonly actor: string; readonly time: string },
): Promise<KeyObject> => {
  const privateKey = await readOrMakeKey(join(dataDir, FILE))
  const publicKey = createPublicKey(privateKey)
  const encoded = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  for await (const { data } of iterateAudit(store, { type: KEY_EVENT }))
    if (data.publicKey === encoded) return privateKey
  const data = { publicKey: encoded }
  await store.appendAudit([{ ...by, type: KEY_EVENT, subject: toKeyId(publicKey), data }])
  return privateKey
}

const readOrMakeKey = async (file: string): Promise<KeyObject> => {
  try {
    return createPrivateKey(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const { privateKey } = generateKeyPairSync('ed25519')
    const temporary = `${file}.${process.pid}`
    await writeFile(temporary, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    await rename(temporary, file)
    return privateKey
  }
}
