import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NO_ALERTS } from '../src/hub/alert-metrics.ts'
import { createMetrics } from '../src/hub/metrics.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const METRIC = /\b(?:lockstep|process|nodejs)_[a-z_]+\b/g

test('alert rules, dashboard and guide speak of metrics that a hub has, and the guide of all of them', async () => {
  const { format } = createMetrics().open({
    status: () => ({ clusters: [], suspensions: [], passes: { running: 0, waiting: 0 }, recording: 0 }),
    store: { countOpenFindings: async () => [] },
    storeBytes: () => 0,
    alerts: async () => NO_ALERTS,
    now: () => new Date(0),
  })
  const text = await format()
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string)
  const isKnown = (name: string): boolean => names.includes(name.replace(/_(bucket|sum|count)$/, ''))
  const guide = read('docs/guides/hub.md')
  const used = [read('docs/monitoring/alerts.yaml'), read('docs/monitoring/grafana.json'), guide].flatMap(
    (page) => page.match(METRIC) ?? [],
  )

  expect(used.filter((name) => !isKnown(name))).toEqual([])
  expect(used.length).toBeGreaterThan(10)
  expect(names.filter((name) => name.startsWith('lockstep_') && !guide.includes(name))).toEqual([])
})
