import { expect, test } from 'vitest'
import type { FreezeWindow } from '../fleet/resolved.ts'
import { findFreeze, isHeld } from './freeze.ts'

const prod = { name: 'eu-1', labels: { env: 'prod' } }
const isFrozen = (rest: Omit<FreezeWindow, 'reason'>, at: string): boolean => {
  const window = { reason: 'test', ...rest }
  return isHeld(window, new Date(at)) && findFreeze([window], prod) !== undefined
}

test('holds between its times', () => {
  const window = { from: '2026-12-20T00:00:00Z', until: '2027-01-04T00:00:00Z' }

  expect(isFrozen(window, '2026-12-19T23:59:59Z')).toBe(false)
  expect(isFrozen(window, '2026-12-20T00:00:00Z')).toBe(true)
  expect(isFrozen(window, '2027-01-04T00:00:00Z')).toBe(false)
})

test('holds only the clusters it names', () => {
  expect(isFrozen({ clusters: { matchLabels: { env: 'canary' } } }, '2026-12-20T00:00:00Z')).toBe(false)
  expect(isFrozen({ clusters: { names: ['eu-1'] } }, '2026-12-20T00:00:00Z')).toBe(true)
})

test('holds whole days of the week, in its time zone', () => {
  const weekly = { days: ['Sat', 'Sun'], timeZone: 'Europe/Berlin' } as const

  expect(isFrozen({ weekly }, '2026-11-27T22:59:00Z')).toBe(false)
  expect(isFrozen({ weekly }, '2026-11-27T23:00:00Z')).toBe(true)
  expect(isFrozen({ weekly }, '2026-11-29T22:59:00Z')).toBe(true)
  expect(isFrozen({ weekly }, '2026-11-29T23:00:00Z')).toBe(false)
})

test('holds over midnight', () => {
  const weekly = { days: ['Fri'], from: '18:00', until: '08:00' } as const

  expect(isFrozen({ weekly }, '2026-11-27T17:59:00Z')).toBe(false)
  expect(isFrozen({ weekly }, '2026-11-27T18:00:00Z')).toBe(true)
  expect(isFrozen({ weekly }, '2026-11-28T07:59:00Z')).toBe(true)
  expect(isFrozen({ weekly }, '2026-11-28T08:00:00Z')).toBe(false)
  expect(isFrozen({ weekly }, '2026-11-27T02:00:00Z')).toBe(false)
})
