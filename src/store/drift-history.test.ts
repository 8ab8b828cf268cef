import { expect, test } from 'vitest'
import { computeDriftHistory } from './drift-history.ts'
import type { StoredFinding } from './findings.ts'

const toFinding = (firstSeen: string, rest: Partial<StoredFinding> = {}): StoredFinding => ({
  id: 1,
  cluster: 'eu',
  component: 'shop',
  object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  drift: 'modified',
  field: '/spec/replicas',
  severity: 'medium',
  manager: 'kubectl-scale',
  firstSeen,
  lastSeen: firstSeen,
  ...rest,
})
const period = { since: '2026-03-01T00:00:00.000Z', until: '2026-03-04T00:00:00.000Z' }

test('sums up what was seen first within the period', () => {
  const history = computeDriftHistory(
    [
      toFinding('2026-02-28T23:59:59.000Z'),
      toFinding('2026-03-01T08:00:00.000Z', { closed: '2026-03-01T08:00:02.000Z', closedBy: 'lockstep' }),
      toFinding('2026-03-03T08:00:01.000Z', { changedAt: '2026-03-03T08:00:00Z', cluster: 'us', actor: 'ann' }),
      toFinding('2026-03-04T00:00:00.000Z'),
    ],
    period,
  )

  expect(history.total).toEqual({
    name: 'all',
    findings: 2,
    open: 1,
    healed: 1,
    detectMs: { p50: 1_000, p95: 1_000 },
    healMs: { p50: 2_000, p95: 2_000 },
  })
  expect(history.byDay).toEqual([
    { day: '2026-03-01', findings: 1 },
    { day: '2026-03-02', findings: 0 },
    { day: '2026-03-03', findings: 1 },
  ])
  expect(history.byCluster.map(({ name, findings }) => [name, findings])).toEqual([
    ['eu', 1],
    ['us', 1],
  ])
  expect(history.byActor.map(({ name }) => name)).toEqual(['ann', 'kubectl-scale'])
  expect(history.recurring.map(({ name, findings }) => [name, findings])).toEqual([
    ['Deployment/shop/web /spec/replicas', 2],
  ])
})

test('has quantiles of what there is, and no line where nothing happened', () => {
  const heals = Array.from({ length: 100 }, (_, number) =>
    toFinding('2026-03-01T08:00:00.000Z', {
      closed: new Date(Date.parse('2026-03-01T08:00:00.000Z') + number + 1).toISOString(),
      closedBy: 'lockstep',
    }),
  )

  expect(computeDriftHistory(heals, period).total.healMs).toEqual({ p50: 50, p95: 95 })
  expect(computeDriftHistory([], period)).toMatchObject({ total: { findings: 0 }, byCluster: [], recurring: [] })
})
