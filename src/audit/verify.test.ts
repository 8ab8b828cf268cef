import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Checkpoint, signCheckpoint } from './checkpoint.ts'
import { type AuditEvent, type AuditRecord, linkRecords } from './record.ts'
import { KEY_EVENT, verifyTrail } from './verify.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')

const toKeyEvent = (key: KeyObject): AuditEvent => ({
  time: '2026-01-01T00:00:00.000Z',
  type: KEY_EVENT,
  actor: 'hub/test',
  subject: 'key',
  data: { publicKey: key.export({ type: 'spki', format: 'der' }).toString('base64') },
})

const createTrail = (): { records: AuditRecord[]; checkpoints: Checkpoint[] } => {
  const events = [1, 2, 3, 4, 5].map(
    (number): AuditEvent => ({
      time: `2026-01-01T00:00:0${number}.000Z`,
      type: 'finding.opened',
      actor: 'kubectl-edit',
      subject: `ConfigMap/shop/app-${number}`,
      cluster: 'eu',
      data: { number },
    }),
  )
  const records = linkRecords(undefined, [toKeyEvent(publicKey), ...events])
  return { records, checkpoints: [3, 6].map((seq) => signCheckpoint(records[seq - 1]!, '2026-01-01', privateKey)) }
}

async function* iterate(records: readonly AuditRecord[]): AsyncGenerator<AuditRecord> {
  yield* records
}

const verify = (
  records: readonly AuditRecord[],
  checkpoints: readonly Checkpoint[],
  witnesses?: readonly Checkpoint[],
) => verifyTrail({ records: iterate(records), checkpoints, ...(witnesses ? { witnesses } : {}) })

/** The chain of `from` on, made anew by somebody who knows how, but has no key. */
const relink = (records: readonly AuditRecord[], from: number): AuditRecord[] => {
  const kept = records.slice(0, from)
  const events = records.slice(from).map(({ seq: _s, previous: _p, hash: _h, ...event }) => event)
  return [...kept, ...linkRecords(kept.at(-1), events)]
}

test('a trail that nobody touched is intact', async () => {
  const { records, checkpoints } = createTrail()

  expect(await verify(records, checkpoints)).toMatchObject({ type: 'intact', records: 6, checkpoints: 2 })
})

test.each<[string, (records: AuditRecord[]) => AuditRecord[], number]>([
  ['altered', (records) => records.with(3, { ...records[3]!, actor: 'nobody' }), 4],
  ['deleted', (records) => records.toSpliced(3, 1), 4],
  ['exchanged with the next', (records) => records.with(3, records[4]!).with(4, records[3]!), 4],
  ['altered, and the chain made anew', (records) => relink(records.with(3, { ...records[3]!, actor: 'nobody' }), 3), 6],
  ['deleted, and the chain made anew', (records) => relink(records.toSpliced(1, 1), 1), 3],
  ['cut off with all that follow', (records) => records.slice(0, 3), 4],
])('a record that was %s is named', async (_, tamper, seq) => {
  const { records, checkpoints } = createTrail()

  expect(await verify(tamper(records), checkpoints)).toMatchObject({ type: 'broken', seq })
})

test('a trail that was made anew with its checkpoints is shown by a checkpoint kept elsewhere', async () => {
  const { records, checkpoints } = createTrail()
  const forger = generateKeyPairSync('ed25519')
  const forged = relink(records.with(0, { ...records[0]!, data: toKeyEvent(forger.publicKey).data }), 0)
  const signed = [signCheckpoint(forged[5]!, '2026-01-01', forger.privateKey)]

  expect(await verify(forged, signed)).toMatchObject({ type: 'intact' })
  expect(await verify(forged, signed, checkpoints)).toMatchObject({ type: 'broken', seq: 3 })
  expect(await verifyTrail({ records: iterate(forged), checkpoints: signed }, { trusted: publicKey })).toMatchObject({
    type: 'broken',
    seq: 1,
  })
})

test('a second key holds from its record on', async () => {
  const { records } = createTrail()
  const next = generateKeyPairSync('ed25519')
  const grown = [...records, ...linkRecords(records.at(-1), [toKeyEvent(next.publicKey)])]
  const late = signCheckpoint(grown[6]!, '2026-01-02', next.privateKey)
  const early = signCheckpoint(grown[4]!, '2026-01-02', next.privateKey)

  expect(await verify(grown, [late])).toMatchObject({ type: 'intact' })
  expect(await verify(grown, [early])).toMatchObject({ type: 'broken', seq: 5 })
})
