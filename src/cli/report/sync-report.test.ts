import { expect, test } from 'vitest'
import type { ObjectOutcome } from '../../apply/change-set.ts'
import { LockstepError } from '../../base/errors.ts'
import type { SyncReport } from '../../enforce/reports.ts'
import { formatData } from './data.ts'
import { formatSyncMarkdown, layoutSyncReport } from './sync-report.ts'

const toOutcome = (name: string, fields: Partial<ObjectOutcome>): ObjectOutcome => ({
  ref: { group: '', kind: 'ConfigMap', namespace: 'shop', name },
  component: 'shop',
  action: 'configure',
  actuation: 'done',
  ...fields,
})

const report: SyncReport = {
  fleet: 'acme',
  revision: 'unversioned',
  dryRun: false,
  interrupted: false,
  clusters: [
    {
      name: 'prod-eu',
      reachable: true,
      requests: 9,
      millis: 1_234,
      outcomes: [
        toOutcome('a', { action: 'create', status: 'Current' }),
        toOutcome('b', { admitted: ['/data/x'] }),
        toOutcome('c', { action: 'unchanged' }),
        toOutcome('d', {
          actuation: 'failed',
          error: new LockstepError('KUBE_INVALID', 'ConfigMap/shop/d apply failed: bad', { hint: 'correct it' }),
        }),
        toOutcome('e', { status: 'InProgress', statusMessage: '1 of 2 ready' }),
        toOutcome('f', {
          action: 'skip',
          actuation: 'skipped',
          skip: { reason: 'notAdopted', message: 'Helm owns it' },
        }),
      ],
      pending: [],
      hookErrors: [],
      confirmation: {
        digest: 'sha256:x',
        reasons: ['Namespace/old would be deleted with what is in it'],
        deletions: [],
      },
    },
    {
      name: 'edge',
      reachable: false,
      error: 'connect ECONNREFUSED',
      requests: 0,
      millis: 10,
      outcomes: [],
      pending: [],
      hookErrors: [],
    },
  ],
  confirmWith: 'lockstep sync -c prod-eu --confirm-deletions sha256:x',
}

test('every cluster has its counts, and below them what needs a look', () => {
  expect(layoutSyncReport(report, { width: 120, color: false })).toBe(
    `prod-eu  1 created, 2 configured, 1 unchanged, 1 skipped, 1 failed, 1 not ready  (1.2s)
  failed    ConfigMap/shop/d apply failed: bad (correct it)
  not ready ConfigMap/shop/e is InProgress: 1 of 2 ready
  skipped   ConfigMap/shop/f: Helm owns it
  confirm   Namespace/old would be deleted with what is in it
  admitted  ConfigMap/shop/b: the server changed or dropped /data/x
edge     out of reach: connect ECONNREFUSED

acme@unversioned: 2 clusters, 3 objects written, 1 unchanged, 1 skipped, 1 failed, 1 not ready, 1 out of reach
Deletions wait for a confirmation. If they are meant, run:
  lockstep sync -c prod-eu --confirm-deletions sha256:x
`,
  )
})

test('a dry run says that nothing was written', () => {
  const text = layoutSyncReport({ ...report, dryRun: true }, { width: 120, color: false })

  expect(text).toContain('1 to create, 2 to configure')
  expect(text).toContain('Nothing was written')
})

test('an interrupted run says how it goes on', () => {
  expect(layoutSyncReport({ ...report, interrupted: true }, { width: 120, color: false })).toContain(
    'the next lockstep sync finishes the rest',
  )
})

test('Markdown tells the same', () => {
  expect(formatSyncMarkdown(report)).toContain('| edge | out of reach: connect ECONNREFUSED |')
})

test('programs get errors as code, message and hint', () => {
  expect(JSON.parse(formatData(report, 'json')).clusters[0].outcomes[3].error).toEqual({
    code: 'KUBE_INVALID',
    message: 'ConfigMap/shop/d apply failed: bad',
    hint: 'correct it',
  })
})
