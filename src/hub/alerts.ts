import { type Alerting, startAlerting } from '../alerts/alerting.ts'
import { startDeliveries } from '../alerts/deliver.ts'
import type { AlertContext, OpenedFinding } from '../alerts/finding-alert.ts'
import { openReceivers } from '../alerts/open-receivers.ts'
import { type TestedTarget, testReceivers, type WantedReceivers } from '../alerts/test-receivers.ts'
import type { Clock } from '../base/clock.ts'
import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import type { ResolvedFleet } from '../fleet/resolved.ts'
import { createUrlGuard } from '../source/url-guard.ts'
import type { Store } from '../store/store.ts'
import type { AlertNumbers } from './alert-metrics.ts'
import type { HubDeps, HubStatus } from './hub.ts'

/** How a hub tells people. */
export type HubAlertOptions = {
  readonly name: string
  readonly secretsDir?: string
  readonly publicUrl?: string
  readonly allowPrivate?: readonly string[]
}

/** Alerts of a hub. They read what it records, and hold up nothing of it. */
export type HubAlerts = AsyncDisposable &
  Pick<Alerting, 'wake'> & {
    /** The fleet as the hub enforces it from now on. */
    readonly setFleet: (fleet: ResolvedFleet) => void
    readonly numbers: () => Promise<AlertNumbers>
    /** Sends a sample through receivers of the fleet. */
    readonly test: (
      wanted: WantedReceivers & { readonly fleet: string },
      options: { readonly signal: AbortSignal },
    ) => Promise<TestedTarget[]>
  }

/** Starts alerts; nothing is told before the fleet is known. */
export const startHubAlerts = (
  { name, secretsDir, publicUrl, allowPrivate }: HubAlertOptions,
  deps: Pick<HubDeps, 'random' | 'env' | 'log'> & {
    readonly clock: Clock
    readonly store: Store
    readonly status: () => HubStatus | undefined
  },
): HubAlerts => {
  const { store, clock, log } = deps
  let policies: readonly ResolvedAlertPolicy[] = []
  let deliveries: ReturnType<typeof startDeliveries> | undefined
  const receivers = openReceivers({
    policies: () => policies,
    guard: createUrlGuard(allowPrivate),
    env: deps.env,
    now: clock.now,
    ...(secretsDir === undefined ? {} : { secretsDir }),
  })
  const alerting = startAlerting({
    store,
    clock,
    log,
    listRecords: (after, limit) => store.listAudit({ after, limit }),
    readHead: store.readHead,
    listOpenFindings: async () =>
      (await store.listFindings({ isOpen: true })).map((found): OpenedFinding => ({ ...found, time: found.firstSeen })),
    facts: () => deps.status() ?? { clusters: [], suspensions: [] },
    onDeliveries: () => deliveries?.wake(),
  })

  return {
    wake: alerting.wake,
    numbers: async () => ({
      ...alerting.counts(),
      delivered: deliveries?.counts() ?? new Map(),
      outbox: await store.countDeliveries(),
    }),
    test: (wanted, call) => testReceivers(wanted, { policies, receivers, now: clock.now }, call),
    setFleet: (fleet) => {
      policies = fleet.alertPolicies
      alerting.setFleet({ policies, context: toContext(fleet, publicUrl, deps.status) })
      // Who is to be told is known only now: what is in the outbox would be given up before.
      deliveries ??= startDeliveries({ ...deps, receivers, actor: `hub/${name}` })
    },
    [Symbol.asyncDispose]: async () => {
      await alerting[Symbol.asyncDispose]()
      await deliveries?.[Symbol.asyncDispose]()
      await receivers[Symbol.asyncDispose]()
    },
  }
}

const toContext = (
  { name, clusters }: ResolvedFleet,
  publicUrl: string | undefined,
  status: () => HubStatus | undefined,
): AlertContext => {
  const byName = new Map(clusters.map((cluster) => [cluster.name, cluster]))
  return {
    fleet: name,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    clusterLabels: (cluster: string) => byName.get(cluster)?.labels ?? {},
    driftPolicy: (cluster: string, component: string) =>
      byName.get(cluster)?.components.find((one) => one.name === component)?.policy.drift,
    findHold: (cluster: string, component: string) => {
      const hold = status()?.suspensions.find(
        (one) =>
          (one.cluster === undefined || one.cluster === cluster) &&
          (one.component === undefined || one.component === component),
      )
      return hold && `suspended by ${hold.actor} until ${hold.until}: ${hold.reason}`
    },
  }
}
