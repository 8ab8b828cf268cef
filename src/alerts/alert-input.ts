import type { AuditRecord } from '../audit/record.ts'
import { formatRef, type JsonObject, type ObjectRef } from '../kube/object.ts'
import type { Alert } from './alert.ts'
import { type AlertContext, type OpenedFinding, toClusterLabels, toLink } from './finding-alert.ts'

/** What the trail tells that alerts are made of. */
export type AlertInput =
  | { readonly type: 'opened'; readonly finding: OpenedFinding }
  | { readonly type: 'closed'; readonly finding: number; readonly by: 'lockstep' | 'others'; readonly time: string }
  | { readonly type: 'attributed'; readonly finding: number; readonly user: string }
  | { readonly type: 'acknowledged'; readonly finding: number; readonly by: string }
  | { readonly type: 'raised'; readonly alert: Alert }

/** A fight counts as over so long after it was noticed last, besides the time that it is left alone. */
const FOUGHT_MS = 900_000

/** What a record says to alerts; undefined for most. Pure. */
export const toAlertInput = (record: AuditRecord, context: AlertContext): AlertInput | undefined => {
  const { type, data, time, cluster = '' } = record
  if (type === 'finding.opened') {
    const { finding, ...rest } = data
    return { type: 'opened', finding: { ...rest, id: Number(finding), cluster, time } as unknown as OpenedFinding }
  }
  if (type === 'finding.closed')
    return { type: 'closed', finding: Number(data.finding), by: data.by === 'lockstep' ? 'lockstep' : 'others', time }
  if (type === 'finding.attributed')
    return { type: 'attributed', finding: Number(data.finding), user: String(data.user) }
  if (type === 'finding.acknowledged') return { type: 'acknowledged', finding: Number(data.finding), by: record.actor }
  if (type === 'fight.found') return { type: 'raised', alert: toFightAlert(record, context) }
  if (type === 'sync.bypassed') return { type: 'raised', alert: toBypassAlert(record, context) }
  return undefined
}

const toFightAlert = ({ data, time, cluster = '', actor }: AuditRecord, context: AlertContext): Alert => {
  const { object, field, component, owner, heals, waitSeconds } = data as JsonObject & { readonly object: ObjectRef }
  const place = field === undefined ? formatRef(object) : `${formatRef(object)} ${field}`
  return {
    key: `LockstepFight ${cluster} ${place}`,
    labels: {
      alertname: 'LockstepFight',
      ...toClusterLabels(cluster, context),
      severity: 'high',
      kind: object.kind,
      name: object.name,
      ...(component === undefined ? {} : { component: String(component) }),
      ...(owner === undefined ? {} : { owner: String(owner) }),
      ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
      ...(field === undefined ? {} : { field: String(field) }),
      manager: actor,
    },
    annotations: {
      summary: `${place} on ${cluster} is written by Lockstep and by ${actor} in turn`,
      who: actor,
      done: `undone ${heals} times within two minutes, then left alone for ${waitSeconds} s`,
      command: `lockstep audit list -c ${cluster} --type fight.found`,
      ...toLink(context, `clusters/${cluster}`),
    },
    startsAt: time,
    expiresAt: new Date(Date.parse(time) + Number(waitSeconds) * 1_000 + FOUGHT_MS).toISOString(),
    times: 1,
    isNews: true,
    findings: [],
    folded: 0,
  }
}

const toBypassAlert = ({ data, time, cluster = '', actor, seq }: AuditRecord, context: AlertContext): Alert => ({
  key: `LockstepSyncBypassed ${cluster} ${seq}`,
  labels: { alertname: 'LockstepSyncBypassed', ...toClusterLabels(cluster, context), severity: 'medium' },
  annotations: {
    summary: `${actor} synced ${cluster} past the hub`,
    who: actor,
    done: `recorded; the reason given: ${String(data.reason ?? 'none')}`,
    command: `lockstep audit show ${seq}`,
    ...toLink(context, `clusters/${cluster}`),
  },
  startsAt: time,
  endsAt: time,
  times: 1,
  isNews: true,
  findings: [],
  folded: 0,
})
