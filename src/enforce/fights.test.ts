import { expect, test } from 'vitest'
import type { Finding } from '../drift/report.ts'
import { createFights } from './fights.ts'

const finding: Finding = {
  cluster: 'eu',
  component: 'web',
  object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  drift: 'modified',
  field: '/spec/replicas',
  severity: 'medium',
  manager: 'autoscaler',
}
const KEY = 'apps/Deployment/shop/web'
const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000)
const random = (): number => 0

test('undoes the same five times without a pause', () => {
  const fights = createFights(random)
  const found = [0, 1, 2, 3, 4].flatMap((second) => fights.note([finding], at(second)))

  expect(found).toEqual([])
  expect(fights.waitMs(KEY, at(4))).toBe(0)
})

test('leaves the object alone for longer and longer from the sixth time on', () => {
  const fights = createFights(random)
  const found = [0, 1, 2, 3, 4, 5, 11, 30].flatMap((second) => fights.note([finding], at(second)))

  expect(found.map(({ heals, waitMs }) => [heals, waitMs])).toEqual([
    [6, 5_000],
    [7, 10_000],
    [8, 20_000],
  ])
  expect(fights.waitMs(KEY, at(31))).toBe(19_000)
})

test('forgets after a quarter of an hour', () => {
  const fights = createFights(random)
  for (const second of [0, 1, 2, 3, 4, 5]) fights.note([finding], at(second))

  expect(fights.note([finding], at(1_000))).toEqual([])
})

test('different people, and different fields, are no fight', () => {
  const fights = createFights(random)
  const found = Array.from({ length: 12 }, (_, second) =>
    fights.note([{ ...finding, manager: `person-${second % 3}`, field: `/spec/f${second % 2}` }], at(second)),
  )

  expect(found.flat()).toEqual([])
})
