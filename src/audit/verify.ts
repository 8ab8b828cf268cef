import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Checkpoint, isSignedBy, toKeyId } from './checkpoint.ts'
import { type AuditRecord, GENESIS, hashRecord } from './record.ts'

/** The event by which a key comes into force: signed by the key before it, but for the first. */
export const KEY_EVENT = 'audit.key'

/** What verifying a trail gives: nothing missing or changed, or the first record where it is not so. */
export type Verification =
  | { readonly type: 'intact'; readonly records: number; readonly checkpoints: number; readonly head?: string }
  | { readonly type: 'broken'; readonly seq: number; readonly problem: string }

/**
 * Verifies a trail from its first record: that each follows from the one before, and that every checkpoint is signed and
 * holds. Checkpoints kept elsewhere (`witnesses`) show a database that was rewritten whole. `trusted` pins the first key.
 */
export const verifyTrail = async (
  trail: {
    readonly records: AsyncIterable<AuditRecord>
    readonly checkpoints: readonly Checkpoint[]
    readonly witnesses?: readonly Checkpoint[]
  },
  options: { readonly trusted?: KeyObject } = {},
): Promise<Verification> => {
  const claims = Map.groupBy([...trail.checkpoints, ...(trail.witnesses ?? [])], ({ seq }) => seq)
  const keys: KeyObject[] = []
  let previous = GENESIS
  let seq = 0
  for await (const record of trail.records) {
    const problem = findProblem(record, seq + 1, previous)
    if (problem !== undefined) return { type: 'broken', seq: seq + 1, problem }
    seq++
    previous = record.hash
    if (record.type === KEY_EVENT) {
      const key = parseKey(record)
      if (key === undefined) return { type: 'broken', seq, problem: 'it brings a key that cannot be read' }
      if (keys.length === 0 && options.trusted && toKeyId(options.trusted) !== toKeyId(key))
        return { type: 'broken', seq, problem: 'the trail begins with another key than the trusted one' }
      keys.push(key)
    }
    for (const claim of claims.get(seq) ?? []) {
      if (!isSignedBy(claim, keys))
        return { type: 'broken', seq, problem: 'its checkpoint is not signed by a key of the trail' }
      if (claim.hash !== record.hash)
        return { type: 'broken', seq, problem: `it is not the record that was signed at ${claim.time}` }
    }
  }
  const last = Math.max(0, ...claims.keys())
  if (last > seq)
    return { type: 'broken', seq: seq + 1, problem: `it is missing: a checkpoint was signed at record ${last}` }
  return {
    type: 'intact',
    records: seq,
    checkpoints: [...claims.values()].flat().length,
    ...(seq > 0 ? { head: previous } : {}),
  }
}

const findProblem = (record: AuditRecord, seq: number, previous: string): string | undefined => {
  if (record.seq > seq) return `it is missing: record ${record.seq} follows record ${seq - 1}`
  if (record.seq < seq) return `record ${record.seq} stands in its place`
  if (record.previous !== previous) return 'it does not follow from the record before it'
  return hashRecord(record) === record.hash ? undefined : 'it was changed after it was recorded'
}

const parseKey = ({ data }: AuditRecord): KeyObject | undefined => {
  try {
    return createPublicKey({ key: Buffer.from(String(data.publicKey), 'base64'), type: 'spki', format: 'der' })
  } catch {
    return undefined
  }
}
