import { expect, test } from 'vitest'
import type { StoredFinding } from '../store/findings.ts'
import type { RunnerState } from './cluster-runner.ts'
import { formatMetrics } from './metrics.ts'

const cluster = (name: string, rest: Partial<RunnerState> = {}): RunnerState => ({
  name,
  labels: {},
  state: 'synced',
  objects: 3,
  requests: 7,
  applied: 'new',
  ...rest,
})
const finding = (cluster: string, severity: StoredFinding['severity']): StoredFinding => ({
  id: 1,
  cluster,
  component: 'shop',
  object: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'a' },
  drift: 'modified',
  severity,
  firstSeen: '',
  lastSeen: '',
})

test('counts findings by cluster and severity, and says what is in sync', () => {
  const text = formatMetrics({
    status: {
      revision: 'new',
      clusters: [cluster('eu'), cluster('us"\\', { state: 'failed', applied: 'old' })],
      rollout: { phase: 'halted', failed: ['us'], start: [], waiting: [] },
      suspensions: [],
      gitError: 'away',
    },
    open: [finding('eu', 'high'), finding('eu', 'high'), finding('us', 'low')],
    heapBytes: 5,
  })
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

  expect(samples).toEqual([
    'lockstep_clusters{state="synced"} 1',
    'lockstep_clusters{state="failed"} 1',
    'lockstep_findings_open{cluster="eu",severity="high"} 2',
    'lockstep_findings_open{cluster="us",severity="low"} 1',
    'lockstep_cluster_in_sync{cluster="eu"} 1',
    'lockstep_cluster_in_sync{cluster="us\\"\\\\"} 0',
    'lockstep_cluster_objects{cluster="eu"} 3',
    'lockstep_cluster_objects{cluster="us\\"\\\\"} 3',
    'lockstep_cluster_requests_total{cluster="eu"} 7',
    'lockstep_cluster_requests_total{cluster="us\\"\\\\"} 7',
    'lockstep_rollout_halted 1',
    'lockstep_git_reachable 0',
    'lockstep_suspensions 0',
    'process_heap_bytes 5',
  ])
})
