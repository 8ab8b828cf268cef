import { expect, test } from 'vitest'
import type { ChangeSummary } from '../../store/changes.ts'
import type { Trace } from '../../store/trace.ts'
import { layoutTrace } from './trace-report.ts'

const layout = { width: 100, color: false }
const change: ChangeSummary = {
  id: 17,
  cluster: 'eu',
  revision: '4f2c1a9',
  started: '2026-01-01T00:00:01.000Z',
  ended: '2026-01-01T00:00:03.500Z',
  result: 'done',
  objects: 1,
  failed: 0,
}
const objects: Trace['objects'] = [
  {
    object: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' },
    component: 'shop',
    action: 'configure',
    reason: 'drift',
    actuation: 'done',
    healed: ['/data/a'],
  },
]
const commit = {
  commit: '4f2c1a9',
  time: '2026-01-01T00:00:00.000Z',
  author: 'Ann <ann@example.com>',
  committer: 'Bob <bob@example.com>',
  committed: '2025-12-31T23:59:00Z',
  subject: 'Scale \u001b[31mthe shop',
  signature: 'G',
  trailers: ['Reviewed-by: Bob'],
}
const record = {
  seq: 2,
  time: '2026-01-01T00:00:00.500Z',
  type: 'rollout.first',
  actor: 'hub/test',
  subject: '4f2c1a9',
  data: {},
  previous: '',
  hash: '',
}

test('a change is told with its commit and what became of each object', () => {
  expect(layoutTrace({ commit, changes: [change], objects, records: [record] }, layout)).toBe(
    `4f2c1a9  Scale \\u001b[31mthe shop
author     Ann <ann@example.com>
committer  Bob <bob@example.com>, 2025-12-31T23:59:00Z
signature  good
trailer    Reviewed-by: Bob
seen       2026-01-01 00:00:00
rollout    first 00:00:00 (record 2)

CHANGE  CLUSTER  STARTED (UTC)        TOOK  RESULT  OBJECTS
17      eu       2026-01-01 00:00:01  2.5s  done    1

OBJECT                   COMPONENT  ACTION     WHY    RESULT  DETAILS
ConfigMap/shop/settings  shop       configure  drift  done    /data/a
`,
  )
})

test('a commit that the hub did not see, and that changed nothing, is told as that', () => {
  const { ended: _, result: __, ...running } = change
  const text = layoutTrace({ changes: [running, running], records: [] }, layout)

  expect(text).toContain('The hub did not see this commit itself.')
  expect(text).toContain('under way')
  expect(text).not.toContain('ConfigMap')
  expect(layoutTrace({ commit, changes: [], records: [] }, layout)).toContain('nothing was changed with it')
})
