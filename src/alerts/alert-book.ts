import type { Alert } from './alert.ts'
import type { AlertInput } from './alert-input.ts'
import {
  type AlertContext,
  endAlert,
  isDeletedNamespace,
  isGone,
  type OpenedFinding,
  toFindingAlert,
  toNamespaceKey,
} from './finding-alert.ts'

/** The alerts that there are, and those that are over and were not told yet. */
export type AlertBook = {
  readonly get: (key: string) => Alert | undefined
  readonly list: () => IterableIterator<Alert>
  /** Takes what happened. */
  readonly note: (input: AlertInput, context: AlertContext) => void
  /** The alerts of these names are exactly those given: others of them are over. */
  readonly setConditions: (names: ReadonlySet<string>, alerts: readonly Alert[], now: Date) => void
  /** Ends what is over by itself. */
  readonly expire: (now: Date) => void
  readonly remove: (key: string) => void
  /** It was told to be over, and stays for what is found late. */
  readonly keep: (key: string) => void
  /** Which alerts changed since they were taken last; those that are gone are undefined. */
  readonly takeChanges: () => ReadonlyMap<string, Alert | undefined>
}

/** What is found of a namespace so long after it is back belongs to its deletion still. */
const FOLD_MS = 120_000
/** What was found so long before a namespace was seen to be gone belongs to its deletion, too. */
const FOLD_BEFORE_MS = 600_000

/** A book with these alerts in it. */
export const createAlertBook = (known: readonly Alert[]): AlertBook => {
  const alerts = new Map(known.map((alert) => [alert.key, alert]))
  const byFinding = new Map(known.flatMap(({ key, findings }) => findings.map((id) => [id, key] as const)))
  const changed = new Set<string>()
  /** Those that are not of findings: they are few, and looked at each time. */
  const others = new Set(known.filter(isNoDrift).map(({ key }) => key))

  const put = (alert: Alert): void => {
    alerts.set(alert.key, alert)
    changed.add(alert.key)
    if (isNoDrift(alert)) others.add(alert.key)
    for (const id of alert.findings) byFinding.set(id, alert.key)
  }
  const remove = (key: string): void => {
    for (const id of alerts.get(key)?.findings ?? []) if (byFinding.get(id) === key) byFinding.delete(id)
    others.delete(key)
    if (alerts.delete(key)) changed.add(key)
  }
  /** The same again is the same alert, from its new beginning on. */
  const raise = (alert: Alert): void => {
    const before = alerts.get(alert.key)
    if (!before) {
      put(alert)
      return
    }
    const isOpen = before.endsAt === undefined
    put({
      ...alert,
      startsAt: isOpen ? before.startsAt : alert.startsAt,
      times: before.times + (isOpen ? 0 : 1),
      isNews: before.isNews || alert.isNews,
      findings: [...before.findings, ...alert.findings.filter((id) => !before.findings.includes(id))],
      folded: before.folded,
    })
  }

  const open = (finding: OpenedFinding, context: AlertContext): void => {
    if (byFinding.has(finding.id)) return
    const above = isDeletedNamespace(finding) ? undefined : findNamespaceAlert(finding)
    if (above) {
      const { endsAt: _, isDone: __, ...kept } = above
      const folded = kept.folded + 1
      put({ ...kept, folded, findings: [...kept.findings, finding.id] })
      return
    }
    const alert = toFindingAlert(finding, context)
    raise(alert)
    if (isDeletedNamespace(finding)) absorb(alert.key, finding)
  }

  const findNamespaceAlert = ({ cluster, object, drift, time }: OpenedFinding): Alert | undefined => {
    if (object.namespace === undefined || !isGone(drift)) return undefined
    const alert = alerts.get(toNamespaceKey(cluster, object.namespace))
    const isRecent = alert?.endsAt === undefined || Date.parse(time) - Date.parse(alert.endsAt) <= FOLD_MS
    return isRecent ? alert : undefined
  }

  /** What was found in the namespace before it was known to be gone. */
  const absorb = (key: string, { cluster, object, time }: OpenedFinding): void => {
    const oldest = Date.parse(time) - FOLD_BEFORE_MS
    for (const { key: other, labels, startsAt, findings } of [...alerts.values()]) {
      if (labels.alertname !== 'LockstepDrift' || labels.cluster !== cluster || labels.namespace !== object.name)
        continue
      if (!isGone(labels.drift) || Date.parse(startsAt) < oldest) continue
      const into = alerts.get(key) as Alert
      remove(other)
      put({ ...into, folded: into.folded + 1, findings: [...into.findings, ...findings] })
    }
  }

  const close = (id: number, by: 'lockstep' | 'others', time: string): void => {
    const key = byFinding.get(id)
    const alert = key === undefined ? undefined : alerts.get(key)
    byFinding.delete(id)
    if (!alert) return
    const findings = alert.findings.filter((other) => other !== id)
    // Of what is folded, the last one to be back counts.
    put(findings.length > 0 ? { ...alert, findings } : endAlert(alert, by, time))
  }

  const annotate = (id: number, annotations: Partial<Alert['annotations']>): void => {
    const alert = alerts.get(byFinding.get(id) ?? '')
    if (alert) put({ ...alert, annotations: { ...alert.annotations, ...annotations } })
  }

  const acknowledge = (id: number, by: string): void => {
    const alert = alerts.get(byFinding.get(id) ?? '')
    if (alert)
      put({ ...alert, acknowledgedBy: by, annotations: { ...alert.annotations, done: `acknowledged by ${by}` } })
  }

  return {
    get: (key) => alerts.get(key),
    list: () => alerts.values(),
    note: (input, context) => {
      switch (input.type) {
        case 'opened':
          open(input.finding, context)
          return
        case 'closed':
          close(input.finding, input.by, input.time)
          return
        case 'attributed':
          annotate(input.finding, { who: input.user })
          return
        case 'acknowledged':
          acknowledge(input.finding, input.by)
          return
        case 'raised':
          raise(input.alert)
          return
        default:
          input satisfies never
      }
    },
    setConditions: (names, wanted, now) => {
      const keys = new Set(wanted.map(({ key }) => key))
      for (const key of others) {
        const alert = alerts.get(key) as Alert
        const { labels, endsAt } = alert
        if (names.has(labels.alertname ?? '') && !keys.has(key) && endsAt === undefined)
          put(endAlert(alert, 'time', now.toISOString()))
      }
      for (const alert of wanted) {
        const before = alerts.get(alert.key)
        if (before === undefined || before.endsAt !== undefined) raise(alert)
        else if (JSON.stringify(before.annotations) !== JSON.stringify(alert.annotations))
          put({ ...before, annotations: alert.annotations })
      }
    },
    expire: (now) => {
      for (const key of others) {
        const alert = alerts.get(key) as Alert
        const { expiresAt, endsAt } = alert
        if (endsAt === undefined && expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime())
          put(endAlert(alert, 'time', now.toISOString()))
      }
    },
    remove,
    keep: (key) => {
      const alert = alerts.get(key)
      if (alert && !alert.isDone) put({ ...alert, isDone: true })
    },
    takeChanges: () => {
      const changes = new Map([...changed].map((key) => [key, alerts.get(key)]))
      changed.clear()
      return changes
    },
  }
}

const isNoDrift = ({ labels }: Alert): boolean => labels.alertname !== 'LockstepDrift'
