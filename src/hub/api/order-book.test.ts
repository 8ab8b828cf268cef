import { expect, test } from 'vitest'
import { createVirtualClock } from '../../base/virtual-clock.ts'
import type { HealedReport } from '../../enforce/reports.ts'
import { createOrderBook } from './order-book.ts'

const REPORT: HealedReport = { fleet: 'acme', revision: 'abc', clusters: [], findings: [], pending: [] }
const ASKED = { clusters: ['eu'], actor: 'ann' }
const now = { waitMs: 0, signal: new AbortController().signal }
const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'))

test('an order runs until its work is done, and has its report then', async () => {
  const book = createOrderBook(clock)
  const work = Promise.withResolvers<HealedReport>()
  const id = book.start('look', ASKED, () => work.promise)

  expect(await book.get(id, now)).toMatchObject({ ...ASKED, kind: 'look', state: 'running' })
  const waiting = book.get(id, { ...now, waitMs: 60_000 })
  work.resolve(REPORT)
  expect(await waiting).toMatchObject({ state: 'done', report: REPORT })
})

test('waiting ends with its time, and when nobody waits any more', async () => {
  const book = createOrderBook(clock)
  const id = book.start('look', ASKED, () => new Promise(() => undefined))
  const caller = new AbortController()
  const [late, gone] = [book.get(id, { ...now, waitMs: 1_000 }), book.get(id, { waitMs: 1_000, signal: caller.signal })]
  caller.abort()

  expect(await gone).toMatchObject({ state: 'running' })
  clock.advance(1_000)
  expect(await late).toMatchObject({ state: 'running' })
})

test('work that fails is told as its error, without a stack', async () => {
  const book = createOrderBook(clock)
  const id = book.start('look', ASKED, () => Promise.reject(new Error('no')))

  expect(await book.get(id, { ...now, waitMs: 1_000 })).toMatchObject({ state: 'failed', error: { message: 'no' } })
})

test('the last orders are remembered, and those that run', async () => {
  const book = createOrderBook(clock)
  const running = book.start('look', ASKED, () => new Promise(() => undefined))
  const ids = Array.from({ length: 300 }, () => book.start('look', ASKED, async () => REPORT))
  await Promise.all(ids.slice(-1).map((id) => book.get(id, { ...now, waitMs: 1_000 })))
  const last = book.start('look', ASKED, async () => REPORT)

  expect(await book.get(running, now)).toMatchObject({ state: 'running' })
  expect(await book.get(last, now)).toMatchObject({ id: last })
  await expect(book.get(ids[0] as string, now)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
