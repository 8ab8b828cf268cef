import { expect, test } from 'vitest'
import { computeDriftHistory } from '../../store/drift-history.ts'
import type { StoredFinding } from '../../store/findings.ts'
import { formatHistoryHtml, formatHistoryMarkdown, layoutHistory } from './history-report.ts'

const finding = (id: number, name: string): StoredFinding => ({
  id,
  cluster: 'eu',
  component: 'shop',
  object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
  drift: 'modified',
  field: '/spec/replicas',
  severity: 'medium',
  manager: '<script>alert(1)</script>',
  firstSeen: '2026-03-02T08:00:00.000Z',
  lastSeen: '2026-03-02T08:00:00.000Z',
  closed: '2026-03-02T08:00:00.120Z',
  closedBy: 'lockstep',
})
const history = computeDriftHistory([finding(1, 'web'), finding(2, 'web'), finding(3, 'api')], {
  since: '2026-03-01T00:00:00.000Z',
  until: '2026-03-04T00:00:00.000Z',
})

test('a terminal gets a line of bars and the most frequent of each sort', () => {
  const text = layoutHistory(history, { width: 100, color: false })

  expect(text.split('\n').slice(0, 7)).toEqual([
    '3 findings from 2026-03-01 to 2026-03-04: 3 healed, 0 open',
    ' █   a day',
    '',
    'What comes again',
    'DIFFERENCE                          FINDINGS  OPEN  HEALED  HEALED AFTER',
    'Deployment/shop/web /spec/replicas  2         0     2       120ms',
    '',
  ])
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('a page needs nothing but itself, and runs nothing that others wrote', () => {
  const page = formatHistoryHtml(history)

  expect(page).not.toMatch(/<script|src=|href=|url\(/)
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/<wbr>script&gt;')
  expect(page).toContain('<title>2026-03-02: 3</title>')
})

test('what was seen within the second in which it was changed is not told more exactly than it is known', () => {
  const seen = { ...finding(1, 'web'), changedAt: '2026-03-02T08:00:00Z', firstSeen: '2026-03-02T08:00:00.640Z' }
  const late = { ...finding(2, 'api'), changedAt: '2026-03-02T07:59:00Z' }
  const text = formatHistoryMarkdown(computeDriftHistory([seen, late], history))

  expect(text).toContain('| shop | 2 | 0 | 2 | \\<1s (95%: 1m) |')
})

test('Markdown has the same lines', () => {
  expect(formatHistoryMarkdown(history)).toContain('| Deployment/shop/web /spec/replicas | 2 | 0 | 2 |  | 120ms |')
})
