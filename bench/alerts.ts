import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAlerting } from '../src/alerts/alerting.ts'
import { startDeliveries } from '../src/alerts/deliver.ts'
import { openReceivers } from '../src/alerts/open-receivers.ts'
import { toFinding, toPolicy, toReceiver, toRoute } from '../src/alerts/testing/sample.ts'
import { systemClock, systemRandom } from '../src/base/system-clock.ts'
import { parseMatchers } from '../src/fleet/alert-matcher.ts'
import type { ResolvedAlertPolicy } from '../src/fleet/alert-policy.ts'
import { createUrlGuard } from '../src/source/url-guard.ts'
import { openSqliteStore } from '../src/store/sqlite/open-sqlite.ts'
import type { Store } from '../src/store/store.ts'
import { startHttpReceiver } from '../test/alerts/http-receiver.ts'
import type { Bench } from './lib/bench.ts'
import { formatMillis } from './lib/statistics.ts'

const FINDINGS = 10_000
const CLUSTERS = 100
const SAMPLES = 200
const PER_SECOND = 50

/**
 * Alerts in this process, over the store that a hub has: from findings in the trail through twenty routes into the outbox,
 * and from a finding's being recorded to the request at a receiver on the same machine.
 */
export const alertsBench: Bench = {
  name: 'alerts',
  title: `alerts over ${CLUSTERS} clusters, twenty routes`,
  run: async ({ folder }) => {
    const throughput = await measureThroughput(join(folder, '..', 'throughput.db'))
    const latency = await measureLatency(join(folder, '..', 'latency.db'))
    const quiet = await measureRecording(join(folder, '..', 'quiet.db'), false)
    const loud = await measureRecording(join(folder, '..', 'loud.db'), true)
    return [
      {
        what: `${FINDINGS} findings into alerts, groups and the outbox`,
        measured: `${formatMillis(throughput)}, ${Math.round((FINDINGS / throughput) * 1_000)} a second`,
      },
      {
        what: 'finding recorded to request at a receiver, no group wait: p50',
        measured: formatMillis(percentile(latency, 0.5)),
      },
      { what: 'the same: p99', measured: formatMillis(percentile(latency, 0.99)) },
      {
        what: `recording a finding, ${PER_SECOND} a second, without alerts: p99`,
        measured: `${percentile(quiet, 0.99).toFixed(1)} ms`,
      },
      {
        what: 'the same with alerts, and a receiver that never answers: p99',
        measured: `${percentile(loud, 0.99).toFixed(1)} ms`,
      },
    ]
  },
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] as number

const clusters = Array.from({ length: CLUSTERS }, (_, index) => `cluster-${index}`)
const context = {
  fleet: 'bench',
  clusterLabels: () => ({ env: 'prod' }),
  driftPolicy: () => 'heal' as const,
  findHold: () => undefined,
}

const toBenchPolicy = (url: string): ResolvedAlertPolicy =>
  toPolicy({
    clusters: new Set(clusters),
    receivers: [toReceiver({ webhook: [{ url }] })],
    route: toRoute({
      groupIntervalMs: 0,
      routes: Array.from({ length: 20 }, (_, index) =>
        toRoute({
          matchers: parseMatchers(`owner="@team-${index}",severity=~"critical|high"`),
          groupBy: ['cluster', 'name'],
          groupIntervalMs: 0,
        }),
      ),
    }),
  })

const start = (store: Store, policy: ResolvedAlertPolicy, onDeliveries: () => void = () => undefined) => {
  const alerting = startAlerting({
    store,
    clock: systemClock,
    listRecords: (after, limit) => store.listAudit({ after, limit }),
    readHead: store.readHead,
    listOpenFindings: async () => [],
    facts: () => ({ clusters: [], suspensions: [] }),
    onDeliveries,
    log: (_, message, fields) => {
      throw new Error(`${message} ${JSON.stringify(fields)}`)
    },
  })
  alerting.setFleet({ policies: [policy], context })
  return alerting
}

const record = (store: Store, cluster: string, findings: ReturnType<typeof toFinding>[]) =>
  store.saveFound({ cluster, findings, time: new Date().toISOString(), revision: 'abc' })

const toBenchFinding = (cluster: string, index: number) =>
  toFinding(0, {
    cluster,
    owner: `@team-${index % 25}`,
    object: { group: 'apps', kind: 'Deployment', namespace: `n${index % 10}`, name: `web-${index}` },
  })

const measureThroughput = async (file: string): Promise<number> => {
  await using store = await openSqliteStore(file, { clock: systemClock })
  // So that what is recorded next is new.
  await store.saveAlerting({ cursor: 0, alerts: new Map(), groups: new Map(), deliveries: [] })
  for (const cluster of clusters)
    await record(
      store,
      cluster,
      Array.from({ length: FINDINGS / CLUSTERS }, (_, index) => toBenchFinding(cluster, index)),
    )
  const started = performance.now()
  await using _alerting = start(store, toBenchPolicy('http://127.0.0.1:1'))
  const countAlerts = async (): Promise<number> => ((await store.loadAlerting()).cursor === FINDINGS ? FINDINGS : 0)
  while ((await countAlerts()) < FINDINGS) await sleep(20)
  return performance.now() - started
}

const measureLatency = async (file: string): Promise<number[]> => {
  await using store = await openSqliteStore(file, { clock: systemClock })
  await using receiver = await startHttpReceiver()
  const policy = toBenchPolicy(receiver.url)
  await using receivers = openReceivers({
    policies: () => [policy],
    guard: createUrlGuard(['127.0.0.1']),
    env: {},
    now: systemClock.now,
  })
  await using deliveries = startDeliveries({
    store,
    receivers,
    clock: systemClock,
    random: systemRandom,
    actor: 'hub/bench',
    log: () => undefined,
  })
  await using alerting = start(store, policy, deliveries.wake)
  await sleep(1_500)
  const times: number[] = []
  for (let index = 0; index < SAMPLES + 10; index++) {
    const before = receiver.requests.length
    const cluster = clusters[index % CLUSTERS] as string
    const started = Date.now()
    await record(store, cluster, [toBenchFinding(cluster, index)])
    alerting.wake()
    while (receiver.requests.length === before) await sleep(1)
    if (index >= 10) times.push((receiver.requests[before]?.at ?? 0) - started)
    await sleep(20 + 40 * Math.random())
  }
  return times
}

const measureRecording = async (file: string, isLoud: boolean): Promise<number[]> => {
  await using store = await openSqliteStore(file, { clock: systemClock })
  await using receiver = await startHttpReceiver()
  receiver.answer(() => ({ status: 200, hang: true }))
  const policy = toBenchPolicy(receiver.url)
  await using stack = new AsyncDisposableStack()
  let wake = (): void => undefined
  if (isLoud) {
    const receivers = stack.use(
      openReceivers({ policies: () => [policy], guard: createUrlGuard(['127.0.0.1']), env: {}, now: systemClock.now }),
    )
    const deliveries = stack.use(
      startDeliveries({
        store,
        receivers,
        clock: systemClock,
        random: systemRandom,
        actor: 'hub/bench',
        log: () => undefined,
      }),
    )
    wake = stack.use(start(store, policy, deliveries.wake)).wake
  }
  await sleep(1_000)
  const times: number[] = []
  for (let index = 0; index < 20 * PER_SECOND; index++) {
    const cluster = clusters[index % CLUSTERS] as string
    const started = performance.now()
    await record(store, cluster, [toBenchFinding(cluster, index)])
    wake()
    times.push(performance.now() - started)
    await sleep(Math.max(0, 1_000 / PER_SECOND - (performance.now() - started)))
  }
  return times
}
