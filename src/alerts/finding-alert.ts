import { formatDuration } from '../base/duration.ts'
import type { Finding } from '../drift/report.ts'
import { toClusterLabel } from '../fleet/alert-labels.ts'
import { SEVERITIES } from '../fleet/severity.ts'
import { formatRef, toRefKey } from '../kube/object.ts'
import type { Alert, Labels } from './alert.ts'
import { formatChange } from './format-value.ts'

/** What is known of the fleet when an alert is made. */
export type AlertContext = {
  readonly fleet: string
  /** The hub's address, for links. */
  readonly publicUrl?: string
  readonly clusterLabels: (cluster: string) => Labels
  /** What happens to drift of a component. */
  readonly driftPolicy: (cluster: string, component: string) => 'heal' | 'report' | 'ignore' | undefined
  /** Why nothing is healed there now, where it is suspended. */
  readonly findHold: (cluster: string, component: string) => string | undefined
}

/** A finding that was opened. */
export type OpenedFinding = Finding & { readonly id: number; readonly time: string }

/** Worse than this is told even where it was healed before anybody could be told. */
const TOLD_ANYWAY = 'high'

const WHAT = {
  modified: 'was changed',
  added: 'was added',
  missing: 'is missing',
  unmanaged: 'was made by others',
  terminating: 'is being deleted',
} as const

/** The alert of a finding. Pure. */
export const toFindingAlert = (finding: OpenedFinding, context: AlertContext): Alert => {
  const { id, cluster, component, object, field, drift, severity, time } = finding
  const isNamespace = isDeletedNamespace(finding)
  const name = isNamespace ? 'LockstepNamespaceDeleted' : 'LockstepDrift'
  const place = field === undefined ? formatRef(object) : `${formatRef(object)} ${field}`
  const what = isNamespace ? 'was deleted' : WHAT[drift]
  return {
    // Being deleted, and then missing, is one thing to people.
    key: isNamespace
      ? toNamespaceKey(cluster, object.name)
      : `${name} ${cluster} ${toRefKey(object)} ${isGone(drift) ? 'gone' : drift} ${field ?? ''}`,
    labels: {
      alertname: name,
      ...toClusterLabels(cluster, context),
      component,
      severity,
      drift,
      kind: object.kind,
      name: object.name,
      ...toNamespaceLabel(finding),
      ...(field === undefined ? {} : { field }),
      ...(finding.owner === undefined ? {} : { owner: finding.owner }),
      ...(finding.manager === undefined ? {} : { manager: finding.manager }),
    },
    annotations: {
      summary: `${place} ${what} on ${cluster}`,
      ...(finding.git === undefined && finding.live === undefined
        ? {}
        : { change: formatChange(finding.git, finding.live) }),
      who: formatWho(finding),
      done: describeOpen(finding, context),
      command: `lockstep drift -c ${cluster}`,
      ...toLink(context, `findings/${id}`),
    },
    startsAt: time,
    times: 1,
    isNews: SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(TOLD_ANYWAY),
    findings: [id],
    folded: 0,
  }
}

/** Is a finding that a namespace is gone, or going? */
export const isDeletedNamespace = ({ object, drift }: Pick<Finding, 'object' | 'drift'>): boolean =>
  object.group === '' && object.kind === 'Namespace' && isGone(drift)

/** Is the whole object gone, or going? */
export const isGone = (drift: string | undefined): boolean => drift === 'missing' || drift === 'terminating'

/** The alert of a deleted namespace, by its key. */
export const toNamespaceKey = (cluster: string, namespace: string): string =>
  `LockstepNamespaceDeleted ${cluster} ${namespace}`

/** Labels that say where. */
export const toClusterLabels = (cluster: string, { fleet, clusterLabels }: AlertContext): Labels => ({
  fleet,
  cluster,
  ...Object.fromEntries(Object.entries(clusterLabels(cluster)).map(([name, value]) => [toClusterLabel(name), value])),
})

/** A link into the hub, where its address is known. */
export const toLink = ({ publicUrl }: AlertContext, path: string): { readonly link?: string } =>
  publicUrl === undefined ? {} : { link: `${publicUrl.replace(/\/$/, '')}/api/v1/${path}` }

const toNamespaceLabel = ({ object, drift }: Finding): Labels => {
  const namespace = isDeletedNamespace({ object, drift }) ? object.name : object.namespace
  return namespace === undefined ? {} : { namespace }
}

const formatWho = ({ actor, manager }: Finding): string => {
  if (actor !== undefined) return manager === undefined ? actor : `${actor} (${manager})`
  return manager ?? 'unknown'
}

const describeOpen = ({ cluster, component, note }: Finding, context: AlertContext): string => {
  if (note !== undefined) return `left as it is: ${note}`
  const hold = context.findHold(cluster, component)
  if (hold !== undefined) return `left as it is: ${hold}`
  return context.driftPolicy(cluster, component) === 'heal' ? 'being healed' : 'only reported, as its policy says'
}

/** The alert, over now. Pure. */
export const endAlert = (alert: Alert, by: 'lockstep' | 'others' | 'time', time: string): Alert => {
  const after = formatDuration(Math.max(0, Date.parse(time) - Date.parse(alert.startsAt)))
  const done = {
    lockstep: `healed after ${after}`,
    others: `gone after ${after}, not by Lockstep`,
    time: `over after ${after}`,
  }
  return { ...alert, endsAt: time, findings: [], annotations: { ...alert.annotations, done: done[by] } }
}
