import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ClusterState } from '../store/clusters.ts'
import type { FindingStore } from '../store/findings.ts'
import { ALERT_METRICS, type AlertNumbers } from './alert-metrics.ts'
import type { HubStatus } from './hub.ts'

/** How long things took, as they happen. Times in milliseconds. */
export type Measure = {
  /** A whole pass over a cluster, and how the cluster was then. */
  readonly pass: (ms: number, state: ClusterState) => void
  /** From the hub's reading a commit to its being on a cluster and Current. */
  readonly reached: (ms: number) => void
  /** From a finding's being seen to its being healed. */
  readonly healed: (ms: number) => void
  /** Writing to the store what happened, its turn included. */
  readonly stored: (ms: number) => void
  /** A request of the API: which operation, with which status. */
  readonly answered: (operation: string, status: number, ms: number) => void
}

/** What is read when somebody asks. */
export type MetricsSources = {
  readonly status: () => HubStatus
  readonly store: Pick<FindingStore, 'countOpenFindings'>
  readonly storeBytes: () => number
  readonly now: () => Date
  readonly alerts: () => Promise<AlertNumbers>
}

/** The metrics of a hub, in the text format of Prometheus. */
export type Metrics = { readonly contentType: string; readonly format: () => Promise<string> }

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120, 600]

/** Notes how long things take, from the start; the rest is read once there is a hub. */
export const createMetrics = (): {
  readonly measure: Measure
  readonly open: (sources: MetricsSources) => Metrics
} => {
  const registry = new Registry()
  const histogram = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] })
  const pass = histogram('lockstep_reconcile_seconds', 'Whole passes over clusters, by how the cluster was then.', [
    'state',
  ])
  const reached = histogram(
    'lockstep_commit_to_cluster_seconds',
    "From the hub's reading a commit to its being on a cluster and Current.",
  )
  const healed = histogram('lockstep_heal_seconds', 'From drift being seen to its being healed.')
  const stored = histogram('lockstep_store_write_seconds', 'Writing down what happened, its turn included.')
  const answered = histogram('lockstep_api_request_seconds', 'Requests of the API, by operation and status.', [
    'operation',
    'status',
  ])
  return {
    open: (sources) => {
      collectDefaultMetrics({ register: registry })
      addGauges(registry, sources)
      return { contentType: registry.contentType, format: () => registry.metrics() }
    },
    measure: {
      pass: (ms, state) => pass.observe({ state }, ms / 1_000),
      reached: (ms) => reached.observe(ms / 1_000),
      healed: (ms) => healed.observe(ms / 1_000),
      stored: (ms) => stored.observe(ms / 1_000),
      answered: (operation, status, ms) => answered.observe({ operation, status: String(status) }, ms / 1_000),
    },
  }
}

type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>]

const addGauges = (registry: Registry, { status, store, storeBytes, now, alerts }: MetricsSources): void => {
  const add = (
    Kind: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    read: () => Iterable<Sample> | Promise<Iterable<Sample>>,
    labelNames: string[] = [],
  ): void => {
    new Kind({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        // What is not told any more is gone: a cluster that left has no state.
        this.reset()
        for (const [value, labels = {}] of await read()) this.inc(labels, value)
      },
    })
  }
  const gauge = add.bind(undefined, Gauge)
  // Asked once for all of them: it is as long as the fleet is large.
  const ofClusters = (read: (cluster: HubStatus['clusters'][number], hub: HubStatus) => number) => (): Sample[] => {
    const hub = status()
    return hub.clusters.map((cluster) => [read(cluster, hub), { cluster: cluster.name }])
  }
  const isInSync = ({ applied }: { readonly applied?: string }, { revision }: HubStatus): boolean =>
    applied !== undefined && applied === revision
  const lagSeconds = ({ revisionSeen }: HubStatus): number =>
    revisionSeen === undefined ? 0 : (now().getTime() - Date.parse(revisionSeen)) / 1_000

  gauge(
    'lockstep_clusters',
    'Clusters by their state.',
    () =>
      [...Map.groupBy(status().clusters, ({ state }) => state)].map(([state, all]): Sample => [all.length, { state }]),
    ['state'],
  )
  gauge(
    'lockstep_findings_open',
    'Differences from Git that are there now.',
    async () =>
      (await store.countOpenFindings()).map(({ cluster, severity, count }): Sample => [count, { cluster, severity }]),
    ['cluster', 'severity'],
  )
  gauge(
    'lockstep_cluster_in_sync',
    'Whether the newest commit is on the cluster and Current.',
    ofClusters((cluster, hub) => (isInSync(cluster, hub) ? 1 : 0)),
    ['cluster'],
  )
  gauge(
    'lockstep_cluster_commit_lag_seconds',
    'How long the newest commit has been known and is not on the cluster; 0 where it is.',
    ofClusters((cluster, hub) => (isInSync(cluster, hub) ? 0 : lagSeconds(hub))),
    ['cluster'],
  )
  gauge(
    'lockstep_cluster_objects',
    'Objects that are owned on the cluster.',
    ofClusters(({ objects }) => objects),
    ['cluster'],
  )
  add(
    Counter,
    'lockstep_cluster_requests_total',
    'Requests sent to the cluster since it was connected to.',
    ofClusters(({ requests }) => requests),
    ['cluster'],
  )
  gauge(
    'lockstep_passes',
    'Whole passes at work, and those that wait for their turn.',
    () => {
      const { running, waiting } = status().passes
      return [
        [running, { state: 'running' }],
        [waiting, { state: 'waiting' }],
      ]
    },
    ['state'],
  )
  gauge('lockstep_rollout_halted', 'Whether the rollout halted because it failed somewhere.', () => [
    [status().rollout?.phase === 'halted' ? 1 : 0],
  ])
  gauge('lockstep_git_reachable', 'Whether the fleet can be read from Git.', () => [
    [status().gitError === undefined ? 1 : 0],
  ])
  gauge('lockstep_suspensions', 'Suspensions in force.', () => [[status().suspensions.length]])
  gauge('lockstep_store_queue', 'What waits to be written to the store.', () => [[status().recording]])
  gauge('lockstep_store_bytes', 'Size of the database.', () => [[storeBytes()]])
  for (const { name, type, help, labels, read } of ALERT_METRICS)
    add(type === 'gauge' ? Gauge : Counter, name, help, async () => read(await alerts()), [...labels])
}
