import type { Silence } from '../alerts/silence.ts'
import type { AuditEvent } from '../audit/record.ts'
import { formatRef, type JsonObject } from '../kube/object.ts'
import type { StoredFinding } from './findings.ts'
import type { Suspension } from './suspensions.ts'

/** A difference was found. */
export const toOpenedEvent = (
  { id, firstSeen: _f, lastSeen: _l, cluster, object, ...rest }: StoredFinding,
  { time, revision }: { readonly time: string; readonly revision: string },
): AuditEvent => ({
  time,
  type: 'finding.opened',
  actor: rest.actor ?? rest.manager ?? 'unknown',
  subject: formatRef(object),
  cluster,
  revision,
  data: { finding: id, object, ...rest } as JsonObject,
})

/** It is gone: healed by us, or by others. */
export const toClosedEvent = (
  { id, cluster, object, field, firstSeen }: StoredFinding,
  by: string,
  { time, revision, actor }: { readonly time: string; readonly revision: string; readonly actor: string },
): AuditEvent => ({
  time,
  type: 'finding.closed',
  actor,
  subject: formatRef(object),
  cluster,
  revision,
  data: { finding: id, by, firstSeen, ...(field === undefined ? {} : { field }) },
})

type ChangeFacts = {
  readonly id: number
  readonly cluster: string
  readonly revision: string
  readonly actor: string
  readonly time: string
}

/** A change of a cluster begins, ends, or was cut off. */
export const toChangeEvent = (
  type: string,
  { id, cluster, revision, actor, time }: ChangeFacts,
  data: object,
): AuditEvent => ({
  time,
  type,
  actor,
  subject: cluster,
  cluster,
  revision,
  data: { change: id, ...data } as JsonObject,
})

/** An operator holds something back, or lets it go. */
export const toSuspensionEvent = (
  type: 'suspended' | 'resumed',
  { cluster, component, reason, until }: Pick<Suspension, 'cluster' | 'component' | 'reason' | 'until'>,
  { actor, time }: { readonly actor: string; readonly time: string },
): AuditEvent => ({
  time,
  type,
  actor,
  subject: cluster ?? component ?? 'fleet',
  ...(cluster === undefined ? {} : { cluster }),
  data: { reason, until, ...(component === undefined ? {} : { component }) },
})

/** An operator silences alerts for a while, or ends that. */
export const toSilenceEvent = (
  type: 'alert.silenced' | 'alert.unsilenced',
  { id, matchers, reason, until }: Pick<Silence, 'id' | 'matchers' | 'reason' | 'until'>,
  { actor, time }: { readonly actor: string; readonly time: string },
): AuditEvent => ({
  time,
  type,
  actor,
  subject: `silence ${id}`,
  data: { silence: id, matchers: [...matchers], reason, until },
})

/** A notification was given up, or is tried again by hand. */
export const toDeliveryEvent = (
  type: 'alert.undelivered' | 'alert.retried',
  { id, target, error }: { readonly id: number; readonly target: string; readonly error?: string },
  { actor, time }: { readonly actor: string; readonly time: string },
): AuditEvent => ({
  time,
  type,
  actor,
  subject: target,
  data: { delivery: id, ...(error === undefined ? {} : { error }) },
})
