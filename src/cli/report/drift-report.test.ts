import { expect, test } from 'vitest'
import type { Finding, Pending } from '../../drift/report.ts'
import type { HealedReport } from '../../enforce/reports.ts'
import { formatDriftMarkdown, layoutDriftReport } from './drift-report.ts'
import { measureWidth } from './text.ts'

const now = new Date('2026-05-01T12:00:00Z')
const narrow = { width: 80, height: 24, color: false, now }
const wide = { width: 140, height: 24, color: false, now }

const deployment = (name: string, namespace = 'shop') => ({ group: 'apps', kind: 'Deployment', namespace, name })

const toFinding = (fields: Partial<Finding> = {}): Finding => ({
  cluster: 'prod-eu',
  component: 'shop',
  object: deployment('web'),
  drift: 'modified',
  field: '/spec/template/spec/containers/[name=web]/image',
  git: 'registry.example.com/shop/web:v12',
  live: 'registry.example.com/shop/web:v13-debug',
  severity: 'high',
  owner: '@shop',
  manager: 'kubectl-edit',
  operation: 'Update',
  changedAt: '2026-05-01T11:57:00Z',
  ...fields,
})

const toReport = (findings: readonly Finding[], fields: Partial<HealedReport> = {}): HealedReport => ({
  fleet: 'acme',
  revision: '4f2c1d9e0b1a4f2c1d9e0b1a4f2c1d9e0b1a4f2c',
  clusters: [...new Set(['prod-eu', 'prod-us', ...findings.map(({ cluster }) => cluster)])].map((name) => ({
    name,
    reachable: true,
    requests: 10,
    millis: 50,
  })),
  findings,
  pending: [],
  ...fields,
})

const missing = (cluster: string, object: Finding['object']): Finding => {
  const { field: _, git: __, live: ___, manager: ____, changedAt: _____, ...rest } = toFinding({ cluster, object })
  return { ...rest, drift: 'missing' }
}

test('a fleet in sync is one line', () => {
  expect(layoutDriftReport(toReport([]), narrow)).toBe('acme@4f2c1d9e0b1a: 2 clusters, no drift\n')
})

test('a finding has what, where and owner on one line, field, values and who on the next', () => {
  expect(layoutDriftReport(toReport([toFinding({ field: '/spec/replicas', git: 2, live: 5 })]), narrow)).toBe(
    `high      Deployment/shop/web  prod-eu  @shop
          /spec/replicas  2 → 5  kubectl-edit, 3m ago

acme@4f2c1d9e0b1a: 2 clusters, 1 finding (1 high)
Undo it with: lockstep drift --heal
`,
  )
})

test('a wide terminal shows columns', () => {
  expect(layoutDriftReport(toReport([toFinding()]), wide)).toBe(
    `SEVERITY  CLUSTER  OBJECT               FIELD                               GIT → LIVE                          WHO                   OWNER
high      prod-eu  Deployment/shop/web  /spec/template/sp…[name=web]/image  registr…web:v12 → registr…3-debug   kubectl-edit, 3m ago  @shop

acme@4f2c1d9e0b1a: 2 clusters, 1 finding (1 high)
Undo it with: lockstep drift --heal
`,
  )
})

test('the same finding on many clusters is one', () => {
  const findings = Array.from({ length: 57 }, (_, index) => toFinding({ cluster: `edge-${index}` }))
  const text = layoutDriftReport(toReport(findings), narrow)

  expect(text).toContain('high      Deployment/shop/web  57 clusters  @shop\n')
  expect(text.split('\n')).toHaveLength(6)
  expect(text).toContain('59 clusters, 57 findings (57 high)')
})

test('the same finding of many objects is one', () => {
  const findings = ['web', 'api', 'jobs', 'mail'].map((name) =>
    toFinding({ object: deployment(name), field: '/spec/replicas', git: 1, live: 0, severity: 'medium' }),
  )

  expect(layoutDriftReport(toReport(findings), narrow)).toContain(
    'medium    4 × Deployment/shop/web, api and 2 more  prod-eu  @shop\n          /spec/replicas  1 → 0  kubectl-edit, 3m ago\n',
  )
})

test('a deleted namespace with all in it is one line, on however many clusters', () => {
  const findings = ['prod-eu', 'prod-us'].flatMap((cluster) => [
    missing(cluster, { group: '', kind: 'Namespace', name: 'shop' }),
    ...Array.from({ length: 14 }, (_, index) => missing(cluster, deployment(`web-${index}`))),
  ])

  expect(layoutDriftReport(toReport(findings), narrow)).toBe(
    `high      Namespace/shop and 14 objects in it missing  all 2 clusters  @shop

acme@4f2c1d9e0b1a: 2 clusters, 30 findings (30 high)
Undo it with: lockstep drift --heal
`,
  )
})

test('what is low is counted, and shown with --all', () => {
  const low = toFinding({ field: '/metadata/labels/a', git: undefined, live: 'b', severity: 'low' })

  expect(layoutDriftReport(toReport([low]), narrow)).toContain('… and 1 low not shown: --all\n')
  expect(layoutDriftReport(toReport([low]), { ...narrow, all: true })).toContain('/metadata/labels/a  (none) → b')
})

test('a report ends within the screen and counts what has no room', () => {
  const findings = Array.from({ length: 400 }, (_, index) =>
    toFinding({
      object: deployment(`web-${index}`),
      live: `image-${index}`,
      severity: index < 3 ? 'critical' : 'high',
    }),
  )
  const pending = Array.from({ length: 40 }, (_, index): Pending => {
    return { cluster: 'prod-eu', component: `c-${index}`, reason: 'renderFailed', message: `failure ${index}` }
  })
  for (const options of [narrow, wide]) {
    const lines = layoutDriftReport(toReport(findings, { pending }), options).trimEnd().split('\n')

    // The prompt needs a line, too.
    expect(lines.length).toBeLessThan(options.height)
    expect(Math.max(...lines.map(measureWidth))).toBeLessThanOrEqual(options.width)
    expect(lines.join('\n')).toMatch(/… and .*\d+ high not shown: --all/)
    expect(lines.join('\n')).toMatch(/… and \d+ more lines: --all/)
  }
})

test('--all gives every finding lines of its own', () => {
  const findings = Array.from({ length: 100 }, (_, index) => toFinding({ cluster: `edge-${index}` }))

  expect(layoutDriftReport(toReport(findings), { ...narrow, all: true }).match(/Deployment\/shop\/web/g)).toHaveLength(
    100,
  )
})

test('the first look at a foreign cluster is a screen: one line for what was never synced', () => {
  const pending = ['a', 'b', 'c'].map((component): Pending => {
    return { cluster: 'prod-eu', component, reason: 'notSynced', message: '400 objects, 10 exist already' }
  })

  expect(layoutDriftReport(toReport([], { pending }), narrow)).toBe(
    `pending   never synced: 3 components on prod-eu (400 objects, 10 exist already)

acme@4f2c1d9e0b1a: 2 clusters, no drift, 3 pending
See what a sync would do with: lockstep diff
`,
  )
})

test('clusters that failed are told, equal failures once, and do not hide the others', () => {
  const report = toReport([toFinding()], {
    clusters: [
      { name: 'prod-eu', reachable: true, requests: 10, millis: 50, ignored: 2, warnings: ['metrics are down'] },
      { name: 'edge-1', reachable: false, error: 'connect ECONNREFUSED', requests: 1, millis: 50 },
      { name: 'edge-2', reachable: false, error: 'connect ECONNREFUSED', requests: 1, millis: 50 },
    ],
  })
  const text = layoutDriftReport(report, narrow)

  expect(text).toContain('error     edge-1, edge-2: out of reach: connect ECONNREFUSED\n')
  expect(text).toContain('warning   prod-eu: metrics are down\n')
  expect(text).toContain('3 clusters, 1 finding (1 high), 2 ignored, 2 out of reach\n')
  expect(text).toContain('Deployment/shop/web')
})

test('after --heal it tells what was healed, and of what is left why', () => {
  const left = toFinding({ field: '/metadata/finalizers/["x"]', note: 'only reported, by policy' })
  const text = layoutDriftReport(toReport([left], { healed: [toFinding()] }), wide)

  expect(text).toContain('healed    prod-eu Deployment/shop/web /spec/template/spec/containers/[name=web]/image\n')
  expect(text).toContain('\n          only reported, by policy\n')
  expect(text).toContain('2 clusters, 1 finding left (1 high), 1 healed\n')
})

test('text of the cluster cannot move the cursor', () => {
  const finding = toFinding({ live: '\u001b[2J\u001b[31mred', manager: 'evil\u001b[0m' })

  expect(layoutDriftReport(toReport([finding]), narrow)).not.toContain('\u001b')
  expect(layoutDriftReport(toReport([finding]), { ...narrow, color: true })).not.toContain('\u001b[2J')
})

test('Markdown is a table that survives pipes and tags', () => {
  expect(formatDriftMarkdown(toReport([toFinding({ field: '/data/a', git: 'x|y', live: '<b>' })]), { now })).toBe(
    `**acme@4f2c1d9e0b1a: 2 clusters, 1 finding (1 high)**

| Severity | Cluster | Object | Field | Git → live | Who | Owner |
| --- | --- | --- | --- | --- | --- | --- |
| high | prod-eu | Deployment/shop/web | \`/data/a\` | x\\|y → \\<b> | kubectl-edit, 3m ago | @shop |
`,
  )
})
