import type { Pool } from '../base/pool.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { InventoryEntry } from './inventory.ts'

/** An entry that shares with those of other clusters what is equal: nearly all of it but uid and version. */
export const compactEntry = (entry: InventoryEntry, pool: Pool): InventoryEntry => {
  const fingerprint = entry.fingerprint && compactFingerprint(entry.fingerprint, pool)
  const uid = fingerprint && entry.uid === fingerprint.uid ? fingerprint.uid : entry.uid
  return {
    ...entry,
    ref: pool.share(entry.ref),
    apiVersion: pool.text(entry.apiVersion),
    ...(uid === undefined ? {} : { uid }),
    ...(fingerprint ? { fingerprint } : {}),
  }
}

const compactFingerprint = (fingerprint: Fingerprint, pool: Pool): Fingerprint => ({
  ...fingerprint,
  digest: pool.text(fingerprint.digest),
  seen: pool.share(fingerprint.seen),
  ...(fingerprint.admitted ? { admitted: pool.share(fingerprint.admitted) } : {}),
  revision: pool.text(fingerprint.revision),
})
