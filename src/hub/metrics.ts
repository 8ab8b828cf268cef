import type { StoredFinding } from '../store/findings.ts'
import type { HubStatus } from './hub.ts'

/** What the metrics are made of. */
export type MetricsInput = {
  readonly status: HubStatus
  readonly open: readonly StoredFinding[]
  readonly heapBytes: number
}

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number }

/** Metrics in the text format of Prometheus. Pure. */
export const formatMetrics = ({ status, open, heapBytes }: MetricsInput): string => {
  const { clusters, rollout } = status
  const count = <Item>(items: readonly Item[], toLabels: (item: Item) => Record<string, string>): Sample[] =>
    [...Map.groupBy(items, (item) => JSON.stringify(toLabels(item)))].map(([labels, group]) => ({
      labels: JSON.parse(labels) as Record<string, string>,
      value: group.length,
    }))
  return [
    formatMetric(
      'lockstep_clusters',
      'gauge',
      'Clusters by their state.',
      count(clusters, ({ state }) => ({ state })),
    ),
    formatMetric(
      'lockstep_findings_open',
      'gauge',
      'Differences from Git that are there now.',
      count(open, ({ cluster, severity }) => ({ cluster, severity })),
    ),
    formatMetric(
      'lockstep_cluster_in_sync',
      'gauge',
      'Whether the newest commit is on the cluster and Current.',
      clusters.map(({ name, applied }) => ({
        labels: { cluster: name },
        value: applied !== undefined && applied === status.revision ? 1 : 0,
      })),
    ),
    formatMetric(
      'lockstep_cluster_objects',
      'gauge',
      'Objects that are owned on the cluster.',
      clusters.map(({ name, objects }) => ({ labels: { cluster: name }, value: objects })),
    ),
    formatMetric(
      'lockstep_cluster_requests_total',
      'counter',
      'Requests sent to the cluster since it was connected to.',
      clusters.map(({ name, requests }) => ({ labels: { cluster: name }, value: requests })),
    ),
    formatMetric('lockstep_rollout_halted', 'gauge', 'Whether the rollout halted because it failed somewhere.', [
      { value: rollout?.phase === 'halted' ? 1 : 0 },
    ]),
    formatMetric('lockstep_git_reachable', 'gauge', 'Whether the fleet can be read from Git.', [
      { value: status.gitError === undefined ? 1 : 0 },
    ]),
    formatMetric('lockstep_suspensions', 'gauge', 'Suspensions in force.', [{ value: status.suspensions.length }]),
    formatMetric('process_heap_bytes', 'gauge', 'Heap in use.', [{ value: heapBytes }]),
  ].join('')
}

const formatMetric = (name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples
    .map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}\n`)
    .join('')}`

const formatLabels = (labels: Sample['labels'] = {}): string => {
  const parts = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
