import { expect, test } from 'vitest'
import { createApiError } from '../../api/errors.ts'
import { readSyncReport } from '../../api/report-data.ts'
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

test('the last orders are remembered for a while, and those that run', async () => {
  const book = createOrderBook(clock)
  const running = book.start('look', ASKED, () => new Promise(() => undefined))
  const run = async (): Promise<string> => {
    const id = book.start('look', ASKED, async () => REPORT)
    await book.get(id, { ...now, waitMs: 1_000 })
    return id
  }
  const ids: string[] = []
  for (let count = 0; count < 60; count++) ids.push(await run())

  expect(await book.get(running, now)).toMatchObject({ state: 'running' })
  expect(await book.get(ids.at(-1) as string, now)).toMatchObject({ state: 'done' })
  await expect(book.get(ids[0] as string, now)).rejects.toMatchObject({ code: 'NOT_FOUND' })

  clock.advance(601_000)
  await run()
  await expect(book.get(ids.at(-1) as string, now)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await book.get(running, now)).toMatchObject({ state: 'running' })
})

test('only so many run at a time', () => {
  const book = createOrderBook(clock)
  const start = () => book.start('look', ASKED, () => new Promise(() => undefined))
  for (let count = 0; count < 50; count++) start()

  expect(start).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }))
})

test('errors in a report are told by their code, message and hint', async () => {
  const book = createOrderBook(clock)
  const error = createApiError('NOT_FOUND', 'no', { hint: 'look again', details: { secret: 'x' } })
  const ref = { group: '', kind: 'ConfigMap', name: 'a' }
  const outcome = { ref, component: 'shop', action: 'create', actuation: 'failed', error } as const
  const cluster = { name: 'eu', reachable: true, requests: 0, millis: 0, pending: [], hookErrors: [] }
  const report = { ...REPORT, dryRun: false, interrupted: false, clusters: [{ ...cluster, outcomes: [outcome] }] }
  const id = book.start('sync', ASKED, async () => report)
  const order = await book.get(id, { ...now, waitMs: 1_000 })

  const [told] = (JSON.parse(JSON.stringify(order.report)) as typeof report).clusters[0]?.outcomes ?? []
  expect(told?.error).toEqual({ code: 'NOT_FOUND', message: 'no', hint: 'look again' })
  expect(readSyncReport(order.report).clusters[0]?.outcomes[0]?.error).toMatchObject({
    code: 'NOT_FOUND',
    message: 'no',
  })
})
