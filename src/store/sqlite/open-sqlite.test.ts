import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verifyTrail } from '../../audit/verify.ts'
import { systemClock } from '../../base/system-clock.ts'
import { describeAccessStore } from '../access.contract.ts'
import { describeAlertStore } from '../alerts.contract.ts'
import { iterateAudit } from '../audit-trail.ts'
import { describeStoreInventories } from '../inventories.contract.ts'
import { describeStoreQueries } from '../queries.contract.ts'
import { describeStore } from '../store.contract.ts'
import type { Store } from '../store.ts'
import { holdFolder } from './hold-folder.ts'
import { openSqliteStore } from './open-sqlite.ts'

let folder: string
const file = (): string => join(folder, 'hub.db')
const open = (): Promise<Store> => openSqliteStore(file(), { clock: systemClock })
const event = {
  time: '2026-01-01T00:00:00.000Z',
  type: 'test',
  actor: 'ann',
  subject: 'x',
  data: { text: 'y'.repeat(2_000) },
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-store-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the contract', () => {
  describeStore(open, async (store) => {
    await store[Symbol.asyncDispose]()
    return open()
  })
  describeStoreQueries(open)
  describeAlertStore(open)
  describeStoreInventories(open)
  describeAccessStore(open)
})

test('two processes write one chain', async () => {
  await using store = await open()
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(join(import.meta.dirname, 'open-sqlite.ts'))})
    const { systemClock } = await import(${JSON.stringify(join(import.meta.dirname, '../../base/system-clock.ts'))})
    const store = await openSqliteStore(${JSON.stringify(file())}, { clock: systemClock })
    for (let number = 0; number < 50; number++) await store.appendAudit([${JSON.stringify(event)}])
    await store[Symbol.asyncDispose]()`
  const other = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  let isRunning = true
  void other.finally(() => {
    isRunning = false
  })
  let own = 0
  for (; isRunning; own++) {
    await store.appendAudit([event])
    await sleep(1)
  }
  await other

  expect(await verifyTrail({ records: iterateAudit(store), checkpoints: [] })).toMatchObject({
    type: 'intact',
    records: own + 50,
  })
})

test('a full disk is told as one, loses nothing, and is gone when there is room', async () => {
  await using store = await open()
  await store.appendAudit([event])
  const raw = new DatabaseSync(file())
  const { page_count: pages } = raw.prepare('PRAGMA page_count').get() as { page_count: number }
  raw.close()
  // A limit of the connection: as large as the file is now.
  const small = await openSqliteStore(file(), { clock: systemClock }, { maxPages: pages })
  await expect(small.appendAudit(Array.from({ length: 50 }, () => event))).rejects.toMatchObject({ code: 'STORE_FULL' })
  await small[Symbol.asyncDispose]()
  await store.appendAudit([event])

  expect(await verifyTrail({ records: iterateAudit(store), checkpoints: [] })).toMatchObject({ records: 2 })
})

test('a file that is no database is said to be damaged', async () => {
  writeFileSync(file(), 'this is not a database, but it is long enough to be looked at as if it were one'.repeat(20))

  await expect(open()).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test('a database with damaged pages is said to be damaged', async () => {
  const store = await open()
  await store.appendAudit(Array.from({ length: 100 }, () => event))
  await store[Symbol.asyncDispose]()
  const content = readFileSync(file())
  content.fill(0x5a, 8_192)
  writeFileSync(file(), content)

  await expect(
    (async () => {
      await using damaged = await open()
      return damaged.listAudit({})
    })(),
  ).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test('a database of a newer version is refused', async () => {
  await (await open())[Symbol.asyncDispose]()
  const raw = new DatabaseSync(file())
  raw.exec(`insert into migrations values ('9999-future', '2030-01-01T00:00:00.000Z')`)
  raw.close()

  await expect(open()).rejects.toMatchObject({ code: 'STORE_NEWER' })
})

test('a folder that cannot be made is told', async () => {
  writeFileSync(join(folder, 'file'), '')

  await expect(openSqliteStore(join(folder, 'file', 'hub.db'), { clock: systemClock })).rejects.toThrow(/file/)
})

test('a folder is held by one at a time, and free when that ends', () => {
  const first = holdFolder(folder)

  expect(() => holdFolder(folder)).toThrow(expect.objectContaining({ code: 'STORE_IN_USE' }))
  first[Symbol.dispose]()
  holdFolder(folder)[Symbol.dispose]()
})
