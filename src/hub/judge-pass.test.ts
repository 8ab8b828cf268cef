import { expect, test } from 'vitest'
import type { ObjectOutcome } from '../apply/change-set.ts'
import type { Finding } from '../drift/report.ts'
import type { ReconcileResult } from '../enforce/reconcile-cluster.ts'
import type { DesiredCluster } from '../render/desired.ts'
import { judgePass } from './judge-pass.ts'

const ref = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
const outcome: ObjectOutcome = { ref, component: 'shop', action: 'configure', reason: 'gitAhead', actuation: 'done' }
const finding: Finding = { cluster: 'eu', component: 'shop', object: ref, drift: 'missing', severity: 'high' }
const desired = { components: [] } as unknown as DesiredCluster

const judge = (result: Partial<ReconcileResult>, hold?: Parameters<typeof judgePass>[2]) =>
  judgePass(
    {
      outcomes: [],
      findings: [],
      pending: [],
      plan: { cluster: 'eu', revision: 'a', components: [], owned: 1 },
      ...result,
    },
    desired,
    hold,
  )

test.each<[string, Partial<ReconcileResult>, object]>([
  ['nothing to do', {}, { state: 'synced', isApplied: true, isFailed: false }],
  ['drift that was undone', { findings: [finding], outcomes: [outcome] }, { state: 'synced', isApplied: true }],
  ['drift that is only reported', { findings: [finding] }, { state: 'drifted', isApplied: true, isFailed: false }],
  [
    'an object that the server refused',
    { outcomes: [{ ...outcome, actuation: 'failed', error: new Error('no') }] },
    { state: 'failed', isFailed: true, isApplied: false, message: 'Deployment/shop/web: no' },
  ],
  [
    'an object that did not become Current in time',
    { outcomes: [{ ...outcome, status: 'InProgress', statusMessage: '0 of 1' }] },
    { state: 'failed', isFailed: true, message: 'Deployment/shop/web is InProgress: 0 of 1' },
  ],
  [
    'an object that was not reached',
    { outcomes: [{ ...outcome, actuation: 'skipped', action: 'skip', skip: { reason: 'dependency', message: 'x' } }] },
    { state: 'failed', isFailed: true },
  ],
  [
    'deletions that a person has to confirm',
    {
      plan: {
        cluster: 'eu',
        revision: 'a',
        components: [],
        owned: 1,
        confirmation: { digest: 'sha256:1', reasons: [], deletions: [ref] },
      },
    },
    { state: 'pending', isApplied: false, isFailed: false },
  ],
  [
    'an object whose apply is manual',
    { pending: [{ cluster: 'eu', component: 'shop', object: ref, reason: 'gitAhead' }] },
    { state: 'pending', isApplied: true },
  ],
])('judges %s', (_, result, verdict) => {
  expect(judge(result)).toMatchObject(verdict)
})

test('what is held back does not count as applied', () => {
  const hold = { apply: true, heal: false, reason: 'frozen: year end' }

  expect(judge({}, hold)).toMatchObject({ state: 'suspended', isApplied: false, message: 'frozen: year end' })
})
