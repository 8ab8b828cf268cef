import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatMetrics } from '../src/hub/metrics.ts'

const root = join(import.meta.dirname, '..')

test('alert rules and dashboard speak of metrics that a hub has', () => {
  const metrics = formatMetrics({ status: { clusters: [], suspensions: [] }, open: [], heapBytes: 0 })
  const names = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  const files = ['docs/monitoring/alerts.yaml', 'docs/monitoring/grafana.json'].map((file) =>
    readFileSync(join(root, file), 'utf8'),
  )
  const used = files.flatMap((text) => text.match(/\b(?:lockstep|process)_[a-z_]+\b/g) ?? [])

  expect(used.filter((name) => !names.includes(name))).toEqual([])
  expect(used.length).toBeGreaterThan(10)
})
