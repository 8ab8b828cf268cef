import { expect, test } from 'vitest'
import type { Alert } from './alert.ts'
import { type Flush, type GroupState, planFlush, startGroup } from './alert-group.ts'
import { at, toAlert, toReceiver, toRoute } from './testing/sample.ts'

const routed = { route: toRoute({ groupIntervalMs: 60_000, repeatIntervalMs: 3_600_000 }), receiver: toReceiver() }
const START: GroupState = startGroup({ groupKey: 'g', route: routed.route }, new Date(at(0)))

const flush = (
  second: number,
  alerts: readonly Alert[],
  { state = START, silenced = false, sendResolved = true } = {},
): Flush =>
  planFlush(
    state,
    alerts,
    { ...routed, receiver: toReceiver({ sendResolved }) },
    { now: new Date(at(second)), isSilenced: () => silenced },
  )
const after = (flushed: Flush): GroupState => flushed.next as GroupState
const names = (alerts: readonly Alert[]): string[] => alerts.map(({ key }) => key)
const over = (alert: Alert, second: number): Alert => ({ ...alert, endsAt: at(second) })

const web = toAlert('web')
const quiet = toAlert('label', { isNews: false, labels: { ...web.labels, severity: 'low' } })

test('what is new is told, and not again when nothing changed', () => {
  const first = flush(0, [web])
  const second = flush(60, [web], { state: after(first) })

  expect(first).toMatchObject({ reason: 'new', next: { sentAt: at(0), flushAt: at(60) } })
  expect(second.reason).toBeUndefined()
})

test('what does not change is told again after the repeat interval', () => {
  const first = flush(0, [web])

  expect(flush(3_599, [web], { state: after(first) }).reason).toBeUndefined()
  expect(flush(3_600, [web], { state: after(first) }).reason).toBe('repeat')
})

test('what somebody acknowledged is not told again, unless it is with something else', () => {
  const known = { ...web, acknowledgedBy: 'ann' }
  const first = flush(0, [known, toAlert('api')])

  expect(flush(3_600, [known], { state: after(first) }).reason).toBeUndefined()
  expect(flush(3_600, [known, toAlert('api')], { state: after(first) }).reason).toBe('repeat')
})

test('what comes in addition is told with what is there', () => {
  const first = flush(0, [web])
  const second = flush(60, [web, toAlert('api')], { state: after(first) })

  expect(second.reason).toBe('changed')
  expect(names(second.firing)).toEqual(['web', 'api'])
})

test('what gets worse is told again', () => {
  const first = flush(0, [web])
  const worse = { ...web, labels: { ...web.labels, severity: 'critical' } }

  expect(flush(60, [worse], { state: after(first) }).reason).toBe('changed')
})

test('what is over is told where it was told before, and the group is done with it', () => {
  const first = flush(0, [web])
  const second = flush(60, [over(web, 30)], { state: after(first) })

  expect(second).toMatchObject({ reason: 'changed', firing: [], done: ['web'] })
  expect(names(second.resolved)).toEqual(['web'])
})

test('a receiver that wants to hear of no end hears of none', () => {
  const first = flush(0, [web], { sendResolved: false })
  const second = flush(60, [over(web, 30)], { state: after(first), sendResolved: false })

  expect(second).toMatchObject({ done: ['web'] })
  expect(second.reason).toBeUndefined()
})

test('what was healed before anybody could be told is told from high on, and counted below', () => {
  const flushed = flush(0, [over(web, 0), over(quiet, 0)])

  expect(flushed).toMatchObject({ reason: 'new', quiet: 1, done: ['web', 'label'] })
  expect(names(flushed.resolved)).toEqual(['web'])
  expect(flush(0, [over(quiet, 0)])).toMatchObject({ quiet: 1, done: ['label'] })
  expect(flush(0, [over(quiet, 0)]).reason).toBeUndefined()
})

test('what was only counted is told with the next message', () => {
  const first = flush(0, [web, over(quiet, 0)], { silenced: true })
  const second = flush(60, [web], { state: after(first) })

  expect(first.reason).toBeUndefined()
  expect(second).toMatchObject({ reason: 'new', quiet: 1, next: { quiet: 0 } })
})

test('a group that is empty keeps its peace for an interval: what comes back at once is not told at once', () => {
  const first = flush(0, [over(web, 0)])
  const second = flush(60, [], { state: after(first) })

  expect(first.next).toMatchObject({ flushAt: at(60), told: {} })
  expect(second.next).toBeUndefined()
})

test('what is silenced is not told, but that it is over is, where it was told before', () => {
  const first = flush(0, [web])
  const silent = flush(60, [web, toAlert('api')], { state: after(first), silenced: true })
  const ended = flush(120, [over(web, 90)], { state: after(silent), silenced: true })

  expect(silent.reason).toBeUndefined()
  expect(names(ended.resolved)).toEqual(['web'])
})

test('a silence that ends lets out what is new, and does not repeat what was told', () => {
  const first = flush(0, [web])
  const silent = flush(60, [web, toAlert('api')], { state: after(first), silenced: true })
  const loud = flush(120, [web], { state: after(silent) })
  const both = flush(120, [web, toAlert('api')], { state: after(silent) })

  expect(loud.reason).toBeUndefined()
  expect(both.reason).toBe('changed')
})

test('what went to another group is forgotten', () => {
  const first = flush(0, [web, toAlert('api')])
  const second = flush(60, [web], { state: after(first) })

  expect(Object.keys(after(second).told)).toEqual(['web'])
})

test('the same that happens again after it was over is told again', () => {
  const first = flush(0, [web])
  const second = flush(60, [{ ...web, startsAt: at(50), times: 2 }], { state: after(first) })

  expect(second.reason).toBe('changed')
})
