import type { AlertReceiver, AlertRoute, ResolvedAlertPolicy } from '../../fleet/alert-policy.ts'
import type { Alert, Labels } from '../alert.ts'
import type { AlertContext, OpenedFinding } from '../finding-alert.ts'
import { type Notification, toNotification } from '../notification.ts'

/** A time of tests: so many seconds after it began. */
export const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()

/** A fleet whose drift is healed. */
export const CONTEXT: AlertContext = {
  fleet: 'acme',
  publicUrl: 'https://hub.example.com',
  clusterLabels: () => ({ env: 'prod' }),
  driftPolicy: () => 'heal',
  findHold: () => undefined,
}

/** A finding of a Deployment, with changes. */
export const toFinding = (id: number, change: Partial<OpenedFinding> = {}): OpenedFinding => ({
  id,
  time: at(0),
  cluster: 'eu',
  component: 'shop',
  object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  drift: 'modified',
  field: '/spec/template/spec/containers[name=web]/image',
  git: 'web:1',
  live: 'web:2',
  severity: 'high',
  owner: '@shop-team',
  manager: 'kubectl-edit',
  ...change,
})

/** An alert, with changes. */
export const toAlert = (key: string, change: Partial<Alert> = {}): Alert => ({
  key,
  labels: {
    alertname: 'LockstepDrift',
    cluster: 'eu',
    severity: 'high',
    namespace: 'shop',
    kind: 'ConfigMap',
    name: key,
  },
  annotations: {
    summary: `ConfigMap/shop/${key} was changed on eu`,
    change: '"1" → "2"',
    who: 'mallory',
    done: 'being healed',
    command: 'lockstep drift -c eu',
    link: 'https://hub.example.com/api/v1/findings/1',
  },
  startsAt: at(0),
  times: 1,
  isNews: true,
  findings: [1],
  folded: 0,
  ...change,
})

/** A notification of these alerts. */
export const toSample = (
  alerts: readonly Alert[] = [toAlert('web')],
  change: Partial<Notification> = {},
): Notification => ({
  ...toNotification('n1', {
    groupKey: 'default/team:{}:{cluster="eu"}',
    policy: 'default',
    receiver: 'team',
    groupLabels: { cluster: 'eu' },
    reason: 'new',
    time: at(0),
    quiet: 0,
    firing: alerts.filter(({ endsAt }) => endsAt === undefined),
    resolved: alerts.filter(({ endsAt }) => endsAt !== undefined),
  }),
  ...change,
})

/** A receiver without any address, with changes. */
export const toReceiver = (change: Partial<AlertReceiver> = {}): AlertReceiver => ({
  name: 'team',
  sendResolved: true,
  slack: [],
  msteams: [],
  webhook: [],
  email: [],
  pagerduty: [],
  alertmanager: [],
  ...change,
})

/** A route that takes everything at once, with changes. */
export const toRoute = (change: Partial<AlertRoute> = {}): AlertRoute => ({
  matchers: [],
  continue: false,
  receiver: 'team',
  groupBy: ['cluster', 'namespace'],
  groupWaitMs: 0,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
  routes: [],
  ...change,
})

/** A policy of the clusters `eu` and `us`, with changes. */
export const toPolicy = (change: Partial<ResolvedAlertPolicy> = {}): ResolvedAlertPolicy => ({
  name: 'default',
  clusters: new Set(['eu', 'us']),
  severity: [],
  owners: [],
  route: toRoute(),
  receivers: [toReceiver({ webhook: [{ url: 'http://127.0.0.1:1' }] })],
  silences: [],
  origin: { file: 'alerts.yaml' },
  ...change,
})

/** The labels of an alert, with changes. */
export const toLabels = (change: Labels = {}): Labels => ({ ...toAlert('web').labels, ...change })
