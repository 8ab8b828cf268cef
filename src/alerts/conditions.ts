import type { AlertName } from '../fleet/alert-labels.ts'
import type { Alert } from './alert.ts'
import { type AlertContext, toClusterLabels, toLink } from './finding-alert.ts'

/** How the hub and its clusters are now, as far as alerts come from it. */
export type HubFacts = {
  readonly revision?: string
  readonly rollout?: {
    readonly phase: 'first' | 'rest' | 'halted' | 'done'
    readonly failed: readonly string[]
    readonly waiting: readonly string[]
  }
  readonly gitError?: string
  readonly clusters: readonly {
    readonly name: string
    readonly state: string
    readonly message?: string
    readonly isUnreachable?: boolean
    /** Deletions that somebody has to confirm. */
    readonly confirmation?: { readonly digest: string; readonly deletions: readonly unknown[] }
  }[]
  readonly suspensions: readonly {
    readonly id: number
    readonly cluster?: string
    readonly component?: string
    readonly actor: string
    readonly reason: string
    readonly started: string
    readonly until: string
  }[]
}

/** The alerts that follow from how the hub is, and not from what happened. */
export const CONDITION_NAMES: ReadonlySet<string> = new Set<AlertName>([
  'LockstepRolloutHalted',
  'LockstepClusterUnreachable',
  'LockstepApplyFailed',
  'LockstepGitUnreachable',
  'LockstepSuspended',
  'LockstepDeletionsWait',
])

/** What comes back sooner is told to nobody. */
const PATIENCE_MS = { unreachable: 300_000, failed: 60_000, git: 300_000 }
/** A cluster in one of these may be well or not: nobody looked yet. */
const UNKNOWN_STATES = new Set(['unknown', 'syncing'])

/** Finds the alerts of how the hub is; remembers since when it is so. */
export type ConditionFinder = (facts: HubFacts, now: Date, open: (key: string) => Alert | undefined) => Alert[]

/** A finder that starts now. What is open already needs no patience. */
export const createConditionFinder = (context: () => AlertContext): ConditionFinder => {
  const since = new Map<string, number>()
  return (facts, now, open) => {
    const seen = new Set<string>()
    const found: Alert[] = []
    const add = (patienceMs: number, toAlert: (startsAt: string) => Alert): void => {
      const { key } = toAlert(now.toISOString())
      seen.add(key)
      const from = since.get(key) ?? now.getTime()
      since.set(key, from)
      const before = open(key)
      const isOpen = before !== undefined && before.endsAt === undefined
      if (isOpen || now.getTime() - from >= patienceMs) found.push(toAlert(new Date(from).toISOString()))
    }
    addConditions(facts, context(), add, (key) => {
      const before = open(key)
      if (before !== undefined && before.endsAt === undefined) found.push(before)
    })
    for (const key of since.keys()) if (!seen.has(key)) since.delete(key)
    return found
  }
}

type Add = (patienceMs: number, toAlert: (startsAt: string) => Alert) => void

const addConditions = (facts: HubFacts, context: AlertContext, add: Add, keep: (key: string) => void): void => {
  const { rollout, gitError, suspensions } = facts
  if (rollout?.phase === 'halted') add(0, (startsAt) => toHaltedAlert(facts, context, startsAt))
  if (gitError !== undefined) add(PATIENCE_MS.git, (startsAt) => toGitAlert(gitError, context, startsAt))
  for (const cluster of facts.clusters) {
    const unreachable = (startsAt: string): Alert =>
      toClusterAlert('LockstepClusterUnreachable', cluster, context, startsAt)
    const failed = (startsAt: string): Alert => toClusterAlert('LockstepApplyFailed', cluster, context, startsAt)
    if (cluster.isUnreachable) add(PATIENCE_MS.unreachable, unreachable)
    if (cluster.state === 'failed') add(PATIENCE_MS.failed, failed)
    const { confirmation } = cluster
    if (confirmation) add(0, (startsAt) => toDeletionsAlert(cluster.name, confirmation, context, startsAt))
    if (!UNKNOWN_STATES.has(cluster.state)) continue
    keep(unreachable('').key)
    keep(failed('').key)
  }
  for (const suspension of suspensions) add(0, () => toSuspendedAlert(suspension, context))
}

const toAlert = (alert: Pick<Alert, 'key' | 'labels' | 'annotations' | 'startsAt'>): Alert => ({
  ...alert,
  times: 1,
  isNews: false,
  findings: [],
  folded: 0,
})

const toHaltedAlert = (
  { rollout, revision = '', clusters }: HubFacts,
  context: AlertContext,
  startsAt: string,
): Alert => {
  const { failed = [], waiting = [] } = rollout ?? {}
  const reason = clusters.find(({ name }) => name === failed[0])?.message
  return toAlert({
    key: `LockstepRolloutHalted ${revision}`,
    labels: { alertname: 'LockstepRolloutHalted', fleet: context.fleet, severity: 'high' },
    annotations: {
      summary: `the rollout of ${revision.slice(0, 12)} halted: it failed on ${listSome(failed)}`,
      ...(reason === undefined ? {} : { change: reason }),
      done: `${waiting.length} clusters wait at their revision until the commit is mended or the cluster recovers`,
      command: 'lockstep audit list --type rollout.halted',
      ...toLink(context, `revisions/${revision}`),
    },
    startsAt,
  })
}

const toGitAlert = (error: string, context: AlertContext, startsAt: string): Alert =>
  toAlert({
    key: 'LockstepGitUnreachable',
    labels: { alertname: 'LockstepGitUnreachable', fleet: context.fleet, severity: 'high' },
    annotations: {
      summary: 'the fleet cannot be read from Git',
      change: error,
      done: 'clusters are kept at the commit that was read last',
      command: 'lockstep validate',
    },
    startsAt,
  })

const CLUSTER_TEXTS = {
  LockstepClusterUnreachable: {
    summary: (name: string) => `cluster ${name} does not answer`,
    done: 'tried again with growing pauses; nothing is applied or healed there meanwhile',
    severity: 'high',
  },
  LockstepApplyFailed: {
    summary: (name: string) => `cluster ${name} could not be brought to its revision`,
    done: 'tried again with growing pauses',
    severity: 'high',
  },
} as const

const toClusterAlert = (
  alertname: keyof typeof CLUSTER_TEXTS,
  { name, message }: HubFacts['clusters'][number],
  context: AlertContext,
  startsAt: string,
): Alert => {
  const { summary, done, severity } = CLUSTER_TEXTS[alertname]
  return toAlert({
    key: `${alertname} ${name}`,
    labels: { alertname, ...toClusterLabels(name, context), severity },
    annotations: {
      summary: summary(name),
      ...(message === undefined ? {} : { change: message }),
      done,
      command: `lockstep cluster show ${name}`,
      ...toLink(context, `clusters/${name}`),
    },
    startsAt,
  })
}

const toDeletionsAlert = (
  cluster: string,
  { digest, deletions }: NonNullable<HubFacts['clusters'][number]['confirmation']>,
  context: AlertContext,
  startsAt: string,
): Alert =>
  toAlert({
    key: `LockstepDeletionsWait ${cluster} ${digest}`,
    labels: { alertname: 'LockstepDeletionsWait', ...toClusterLabels(cluster, context), severity: 'medium' },
    annotations: {
      summary: `${deletions.length} deletions on ${cluster} wait for somebody to confirm them`,
      done: 'nothing is deleted there until then',
      command: `lockstep diff -c ${cluster}`,
      ...toLink(context, 'deletions'),
    },
    startsAt,
  })

const toSuspendedAlert = (suspension: HubFacts['suspensions'][number], context: AlertContext): Alert => {
  const { id, cluster, component, actor, reason, started, until } = suspension
  const what = [component && `component ${component}`, cluster && `cluster ${cluster}`].filter(Boolean).join(' on ')
  return toAlert({
    key: `LockstepSuspended ${id}`,
    labels: {
      alertname: 'LockstepSuspended',
      ...(cluster === undefined ? { fleet: context.fleet } : toClusterLabels(cluster, context)),
      ...(component === undefined ? {} : { component }),
      severity: 'info',
    },
    annotations: {
      summary: `${what || 'the whole fleet'} is suspended until ${until}: ${reason}`,
      who: actor,
      done: 'nothing is applied or healed there meanwhile',
      command: 'lockstep audit list --type suspended',
    },
    startsAt: started,
  })
}

const listSome = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
