import type { ResolvedAlertPolicy } from '../fleet/alert-policy.ts'
import type { Alert } from './alert.ts'
import { type AlertBook, createAlertBook } from './alert-book.ts'
import { type GroupState, planFlush, startGroup } from './alert-group.ts'
import { MOST_ALERTS, type Notification, toNotification } from './notification.ts'
import { listTargets } from './open-receivers.ts'
import type { AlertStep } from './outbox.ts'
import { type Routed, routeAlert } from './route.ts'
import { type ActiveSilence, findSilence } from './silence.ts'

/** Alerts in their groups, in memory as in the store. */
export type AlertState = {
  readonly book: AlertBook
  /** Policies changed: every alert is routed anew, and groups that nothing leads to are gone. */
  readonly setPolicies: (policies: readonly ResolvedAlertPolicy[], now: Date) => void
  /** Brings what changed into its groups, and lets those speak whose time has come. Gives what is to be stored. */
  readonly settle: (options: {
    readonly now: Date
    readonly silences: readonly ActiveSilence[]
  }) => Omit<AlertStep, 'cursor'>
  /** When the next group is to be looked at. */
  readonly nextAt: () => number | undefined
  /** How many alerts below high were healed before anybody could be told. */
  readonly quiet: () => number
}

type Group = { state: GroupState; readonly routed: Routed; readonly members: Set<string>; refreshedAt: number }

/** Alertmanager forgets what is not repeated. */
const REFRESH_MS = 60_000
/** So long the alert of a namespace stays after it was told to be over: what is found late still belongs to it. */
const LINGER_MS = 120_000

/** The state that these alerts and groups, as stored, make up. */
export const createAlertState = (stored: {
  readonly alerts: readonly Alert[]
  readonly groups: readonly GroupState[]
}): AlertState => {
  const book = createAlertBook(stored.alerts)
  const known = new Map(stored.groups.map((state) => [state.key, state]))
  const groups = new Map<string, Group>()
  const groupsOf = new Map<string, Set<string>>()
  const changed = new Map<string, GroupState | undefined>()
  /** Alerts that are told and stay for a while, and groups that nothing is in for now. */
  const lingering = new Set(stored.alerts.filter(({ isDone }) => isDone).map(({ key }) => key))
  let idle: string[] = []
  let policies: readonly ResolvedAlertPolicy[] = []
  let quiet = 0
  let serial = 0

  const leave = (key: string, group: string): void => {
    groups.get(group)?.members.delete(key)
    const rest = groupsOf.get(key)
    rest?.delete(group)
    if (rest?.size === 0) groupsOf.delete(key)
  }

  const place = (alert: Alert, now: Date): void => {
    if (alert.isDone) return
    const routes = routeAlert(policies, alert.labels)
    const wanted = new Set(routes.map(({ groupKey }) => groupKey))
    // Labels may have changed with what it is now.
    for (const group of groupsOf.get(alert.key) ?? []) if (!wanted.has(group)) leave(alert.key, group)
    for (const routed of routes) {
      const { groupKey } = routed
      const group = groups.get(groupKey) ?? addGroup(routed, now)
      group.members.add(alert.key)
      groupsOf.set(alert.key, (groupsOf.get(alert.key) ?? new Set()).add(groupKey))
    }
  }

  const addGroup = (routed: Routed, now: Date): Group => {
    const { groupKey } = routed
    const before = known.get(groupKey)
    const state = before ?? startGroup(routed, now)
    const group: Group = { state, routed, members: new Set(), refreshedAt: Date.parse(state.sentAt ?? '') || 0 }
    groups.set(groupKey, group)
    if (!before) changed.set(groupKey, state)
    return group
  }

  const setPolicies = (next: readonly ResolvedAlertPolicy[], now: Date): void => {
    policies = next
    for (const [key, { state }] of groups) known.set(key, state)
    groups.clear()
    groupsOf.clear()
    for (const alert of book.list()) place(alert, now)
    idle = [...known.keys()].filter((key) => !groups.has(key))
  }

  /** A group that nothing is in keeps its peace for its interval, and is forgotten then. */
  const forgetIdle = (now: Date): void => {
    idle = idle.filter((key) => {
      const state = known.get(key)
      if (state === undefined || groups.has(key)) return false
      if (Date.parse(state.flushAt) > now.getTime()) return true
      known.delete(key)
      changed.set(key, undefined)
      return false
    })
  }

  const membersOf = (group: Group): Alert[] => [...group.members].flatMap((key) => book.get(key) ?? [])

  const flush = (
    key: string,
    group: Group,
    { now, isSilenced }: { readonly now: Date; readonly isSilenced: (alert: Alert) => boolean },
  ): AlertStep['deliveries'] => {
    const plan = planFlush(group.state, membersOf(group), group.routed, { now, isSilenced })
    quiet += plan.quiet - group.state.quiet
    for (const done of plan.done) leave(done, key)
    for (const done of plan.done) drop(done, now)
    changed.set(key, plan.next)
    if (plan.next) {
      group.state = plan.next
      known.set(key, plan.next)
    } else {
      groups.delete(key)
      known.delete(key)
    }
    if (plan.reason === undefined) return []
    group.refreshedAt = now.getTime()
    return toDeliveries(group.routed, { ...plan, reason: plan.reason }, now, () => true)
  }

  /** An alert that is over and in no group is done with. */
  const drop = (key: string, now: Date): void => {
    const alert = book.get(key)
    if (!alert || alert.endsAt === undefined || groupsOf.has(key)) return
    const isNamespace = alert.labels.alertname === 'LockstepNamespaceDeleted'
    if (isNamespace && now.getTime() - Date.parse(alert.endsAt) < LINGER_MS) {
      lingering.add(key)
      book.keep(key)
    } else {
      lingering.delete(key)
      book.remove(key)
    }
  }

  const toDeliveries = (
    { policy, receiver, groupKey, groupLabels }: Routed,
    told: {
      readonly reason: Notification['reason']
      readonly firing: readonly Alert[]
      readonly resolved: readonly Alert[]
      readonly quiet: number
    },
    now: Date,
    isMeant: (type: string) => boolean,
  ): AlertStep['deliveries'] => {
    const created = now.toISOString()
    return listTargets(policy, receiver)
      .filter(({ type }) => isMeant(type))
      .flatMap(({ name: target, type }) => {
        // Who keeps the state of each alert has to hear of all of them.
        const size = type === 'alertmanager' ? MOST_ALERTS : Number.POSITIVE_INFINITY
        return chunk([...told.firing, ...told.resolved], size).map((alerts) => {
          const id = `${now.getTime().toString(36)}-${(serial++).toString(36)}`
          const firing = alerts.filter(({ endsAt }) => endsAt === undefined)
          const resolved = alerts.filter(({ endsAt }) => endsAt !== undefined)
          const { reason, quiet: healed } = told
          const input = { groupKey, policy, receiver: receiver.name, groupLabels, reason, time: created, quiet: healed }
          return { target, groupKey, created, notification: toNotification(id, { ...input, firing, resolved }) }
        })
      })
  }

  const refresh = (group: Group, now: Date, isSilenced: (alert: Alert) => boolean): AlertStep['deliveries'] => {
    group.refreshedAt = now.getTime()
    const firing = membersOf(group).filter(
      (alert) => alert.endsAt === undefined && group.state.told[alert.key] !== undefined && !isSilenced(alert),
    )
    if (firing.length === 0) return []
    const told = { reason: 'refresh' as const, firing, resolved: [], quiet: 0 }
    return toDeliveries(group.routed, told, now, (type) => type === 'alertmanager')
  }

  const flushAt = ({ state, routed, refreshedAt, members }: Group): number => {
    const at = Date.parse(state.flushAt)
    const isForgotten = routed.receiver.alertmanager.length > 0 && members.size > 0 && refreshedAt > 0
    return isForgotten ? Math.min(at, refreshedAt + REFRESH_MS) : at
  }

  return {
    book,
    setPolicies,
    settle: ({ now, silences }) => {
      book.expire(now)
      forgetIdle(now)
      for (const key of [...lingering]) drop(key, now)
      const alerts = new Map(book.takeChanges())
      for (const [key, alert] of alerts) {
        if (alert) place(alert, now)
        else for (const group of groupsOf.get(key) ?? []) leave(key, group)
      }
      const isSilenced = ({ labels }: Alert): boolean => findSilence(silences, labels) !== undefined
      const moment = now.getTime()
      const deliveries = [...groups].flatMap(([key, group]) => {
        if (Date.parse(group.state.flushAt) <= moment) return flush(key, group, { now, isSilenced })
        return flushAt(group) <= moment ? refresh(group, now, isSilenced) : []
      })
      for (const [key, alert] of alerts) if (alert) drop(key, now)
      for (const [key, alert] of book.takeChanges()) alerts.set(key, alert)
      const step = { alerts, groups: new Map(changed), deliveries }
      changed.clear()
      return step
    },
    nextAt: () => {
      let next: number | undefined
      for (const group of groups.values()) next = Math.min(next ?? Number.POSITIVE_INFINITY, flushAt(group))
      return next
    },
    quiet: () => quiet,
  }
}

const chunk = <Item>(items: readonly Item[], size: number): Item[][] => {
  if (items.length <= size) return [[...items]]
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
