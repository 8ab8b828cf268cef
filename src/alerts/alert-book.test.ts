import { expect, test } from 'vitest'
import { createAlertBook } from './alert-book.ts'
import type { AlertInput } from './alert-input.ts'
import { at, CONTEXT, toAlert, toFinding } from './testing/sample.ts'

const NAMESPACE = { group: '', kind: 'Namespace', name: 'shop' }
const settings = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }

const noteAll = (inputs: readonly AlertInput[], known = createAlertBook([])) => {
  for (const input of inputs) known.note(input, CONTEXT)
  return known
}
const opened = (...args: Parameters<typeof toFinding>): AlertInput => ({ type: 'opened', finding: toFinding(...args) })
const closed = (finding: number, second: number, by: 'lockstep' | 'others' = 'lockstep'): AlertInput => ({
  type: 'closed',
  finding,
  by,
  time: at(second),
})

test('a finding becomes an alert that says what, where, who and what is done', () => {
  const [alert] = [...noteAll([opened(1)]).list()]

  expect(alert).toMatchObject({
    labels: {
      alertname: 'LockstepDrift',
      fleet: 'acme',
      cluster: 'eu',
      component: 'shop',
      owner: '@shop-team',
      severity: 'high',
      drift: 'modified',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
      manager: 'kubectl-edit',
      cluster_label_env: 'prod',
    },
    annotations: {
      summary: 'Deployment/shop/web /spec/template/spec/containers[name=web]/image was changed on eu',
      change: '"web:1" → "web:2"',
      who: 'kubectl-edit',
      done: 'being healed',
      command: 'lockstep drift -c eu',
      link: 'https://hub.example.com/api/v1/findings/1',
    },
    startsAt: at(0),
  })
})

test('a finding that is healed ends its alert, with how long it took', () => {
  const [alert] = [...noteAll([opened(1), { ...closed(1, 0), time: '2026-01-01T00:00:00.012Z' } as AlertInput]).list()]

  expect(alert).toMatchObject({ endsAt: '2026-01-01T00:00:00.012Z', annotations: { done: 'healed after 12ms' } })
})

test('where nothing is healed, the alert says why', () => {
  const book = createAlertBook([])
  const held = { ...CONTEXT, findHold: () => 'suspended by ann' }
  book.note(opened(1), held)
  book.note(opened(2, { field: '/spec/replicas', note: 'only reported' }), CONTEXT)
  book.note(opened(3, { field: '/spec/paused' }), { ...CONTEXT, driftPolicy: () => 'report' })

  expect([...book.list()].map(({ annotations }) => annotations.done)).toEqual([
    'left as it is: suspended by ann',
    'left as it is: only reported',
    'only reported, as its policy says',
  ])
})

test('who did it is told once it is known', () => {
  const [alert] = [...noteAll([opened(1), { type: 'attributed', finding: 1, user: 'mallory' }]).list()]

  expect(alert?.annotations.who).toBe('mallory')
})

test('the same again is the same alert, from its new beginning on', () => {
  const alerts = [...noteAll([opened(1), closed(1, 1), opened(2, { time: at(2) })]).list()]

  expect(alerts).toMatchObject([{ startsAt: at(2), times: 2, findings: [2] }])
  expect(alerts[0]).not.toHaveProperty('endsAt')
})

test('an object that is being deleted and then missing is one alert', () => {
  const { field: _, ...gone } = toFinding(2, { drift: 'missing' })
  const { field: __, ...going } = toFinding(1, { drift: 'terminating' })
  const book = noteAll([{ type: 'opened', finding: going }, { type: 'opened', finding: gone }, closed(1, 1, 'others')])

  expect([...book.list()]).toMatchObject([{ findings: [2], times: 1 }])
  expect([...book.list()][0]).not.toHaveProperty('endsAt')
})

test('what is found in a deleted namespace belongs to the alert of the namespace, before and after', () => {
  const book = noteAll([
    opened(1, { drift: 'missing', time: at(0) }),
    opened(2, { object: NAMESPACE, drift: 'terminating', time: at(1) }),
    ...Array.from({ length: 200 }, (_, index) =>
      opened(10 + index, { object: { ...settings, name: `s${index}` }, drift: 'missing', time: at(2) }),
    ),
  ])

  expect([...book.list()]).toMatchObject([
    { key: 'LockstepNamespaceDeleted eu shop', folded: 201, labels: { namespace: 'shop' } },
  ])
})

test('what is changed in a namespace, and what is missing elsewhere, is not folded', () => {
  const book = noteAll([
    opened(1, { object: NAMESPACE, drift: 'missing' }),
    opened(2),
    opened(3, { object: { ...settings, namespace: 'other' }, drift: 'missing' }),
    opened(4, { object: settings, drift: 'missing', cluster: 'us' }),
  ])

  expect([...book.list()]).toHaveLength(4)
})

test('a deleted namespace is over once everything in it is back', () => {
  const book = noteAll([
    opened(1, { object: NAMESPACE, drift: 'missing' }),
    opened(2, { object: settings, drift: 'missing' }),
    closed(1, 1),
  ])
  const before = [...book.list()][0]
  noteAll([closed(2, 4)], book)

  expect(before).not.toHaveProperty('endsAt')
  expect([...book.list()]).toMatchObject([{ endsAt: at(4), annotations: { done: 'healed after 4s' } }])
})

test('what is found late in a namespace that is back brings its alert back', () => {
  const book = noteAll([
    opened(1, { object: NAMESPACE, drift: 'missing' }),
    closed(1, 1),
    opened(2, { object: settings, drift: 'missing', time: at(30) }),
  ])
  const late = noteAll([closed(2, 31), opened(3, { object: settings, drift: 'missing', time: at(200) })], book)

  expect([...late.list()]).toMatchObject([
    { key: 'LockstepNamespaceDeleted eu shop', folded: 1, endsAt: at(31) },
    { labels: { alertname: 'LockstepDrift' } },
  ])
})

test('a finding is noted once, however often it is read', () => {
  expect([...noteAll([opened(1), opened(1)]).list()]).toMatchObject([{ times: 1, findings: [1] }])
})

test('an alert that nobody renews expires', () => {
  const book = createAlertBook([])
  book.note(
    { type: 'raised', alert: { ...toAlert('fight'), labels: { alertname: 'LockstepFight' }, expiresAt: at(60) } },
    CONTEXT,
  )
  book.expire(new Date(at(59)))
  const early = book.get('fight')?.endsAt
  book.expire(new Date(at(60)))

  expect([early, book.get('fight')?.endsAt]).toEqual([undefined, at(60)])
})

test('a book that was stored goes on as it was', () => {
  const first = noteAll([
    opened(1, { object: NAMESPACE, drift: 'missing' }),
    opened(2, { object: settings, drift: 'missing' }),
  ])
  const again = createAlertBook([...first.list()])
  noteAll([closed(1, 1), closed(2, 2)], again)

  expect([...again.list()]).toMatchObject([{ endsAt: at(2), folded: 1 }])
})
