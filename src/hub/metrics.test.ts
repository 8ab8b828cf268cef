import { expect, test } from 'vitest'
import type { RunnerState } from './cluster-runner.ts'
import type { HubStatus } from './hub.ts'
import { createMetrics } from './metrics.ts'

const cluster = (name: string, rest: Partial<RunnerState> = {}): RunnerState => ({
  name,
  labels: {},
  state: 'synced',
  objects: 3,
  requests: 7,
  applied: 'new',
  ...rest,
})
const STATUS: HubStatus = {
  revision: 'new',
  revisionSeen: '2026-01-01T00:00:00.000Z',
  clusters: [cluster('eu'), cluster('us"\\', { state: 'failed', applied: 'old' })],
  rollout: { phase: 'halted', failed: ['us'], start: [], waiting: [] },
  suspensions: [],
  gitError: 'away',
  passes: { running: 2, waiting: 5 },
  recording: 4,
}

const read = async (status: () => HubStatus, note?: (metrics: ReturnType<typeof createMetrics>) => void) => {
  const metrics = createMetrics()
  note?.(metrics)
  const { format } = metrics.open({
    status,
    store: { countOpenFindings: async () => [{ cluster: 'eu', severity: 'high', count: 2 }] },
    storeBytes: () => 4096,
    now: () => new Date('2026-01-01T00:01:30Z'),
    alerts: async () => ({
      firing: { high: 2 },
      quiet: 4,
      delivered: new Map([['default/team/slack/0', { sent: 3, failed: 1, dead: 0 }]]),
      outbox: [
        { target: 'default/team/slack/0', state: 'pending', count: 2 },
        { target: 'default/team/email/0', state: 'dead', count: 1 },
      ],
    }),
  })
  return async () => (await format()).split('\n').filter((line) => line.startsWith('lockstep_'))
}

test('says how clusters, the rollout, Git and the store are', async () => {
  const lines = await (await read(() => STATUS))()

  expect(lines.filter((line) => !line.includes('_seconds_'))).toEqual([
    'lockstep_clusters{state="synced"} 1',
    'lockstep_clusters{state="failed"} 1',
    'lockstep_findings_open{cluster="eu",severity="high"} 2',
    'lockstep_cluster_in_sync{cluster="eu"} 1',
    'lockstep_cluster_in_sync{cluster="us\\"\\\\"} 0',
    'lockstep_cluster_commit_lag_seconds{cluster="eu"} 0',
    'lockstep_cluster_commit_lag_seconds{cluster="us\\"\\\\"} 90',
    'lockstep_cluster_objects{cluster="eu"} 3',
    'lockstep_cluster_objects{cluster="us\\"\\\\"} 3',
    'lockstep_cluster_requests_total{cluster="eu"} 7',
    'lockstep_cluster_requests_total{cluster="us\\"\\\\"} 7',
    'lockstep_passes{state="running"} 2',
    'lockstep_passes{state="waiting"} 5',
    'lockstep_rollout_halted 1',
    'lockstep_git_reachable 0',
    'lockstep_suspensions 0',
    'lockstep_store_queue 4',
    'lockstep_store_bytes 4096',
    'lockstep_alerts_firing{severity="critical"} 0',
    'lockstep_alerts_firing{severity="high"} 2',
    'lockstep_alerts_firing{severity="medium"} 0',
    'lockstep_alerts_firing{severity="low"} 0',
    'lockstep_alerts_firing{severity="info"} 0',
    'lockstep_alerts_quiet_total 4',
    'lockstep_notifications_total{target="default/team/slack/0",result="sent"} 3',
    'lockstep_notifications_total{target="default/team/slack/0",result="failed"} 1',
    'lockstep_notifications_total{target="default/team/slack/0",result="dead"} 0',
    'lockstep_notifications_pending{target="default/team/slack/0"} 2',
    'lockstep_notifications_dead{target="default/team/email/0"} 1',
  ])
})

test('a cluster that left is not told any more', async () => {
  let status = STATUS
  const format = await read(() => status)
  await format()
  status = { ...STATUS, clusters: [cluster('eu')] }

  expect((await format()).filter((line) => line.includes('"us'))).toEqual([])
})

test('times are noted in seconds', async () => {
  const format = await read(
    () => STATUS,
    ({ measure }) => {
      measure.pass(1_500, 'synced')
      measure.healed(30)
    },
  )
  const lines = await format()

  expect(lines).toContain('lockstep_reconcile_seconds_sum{state="synced"} 1.5')
  expect(lines).toContain('lockstep_reconcile_seconds_bucket{le="1",state="synced"} 0')
  expect(lines).toContain('lockstep_reconcile_seconds_bucket{le="2.5",state="synced"} 1')
  expect(lines).toContain('lockstep_heal_seconds_bucket{le="0.025"} 0')
  expect(lines).toContain('lockstep_heal_seconds_bucket{le="0.05"} 1')
})
