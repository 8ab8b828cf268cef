/** The labels that every alert has, for matchers and for grouping; what an alert has no value for is empty. */
export const ALERT_LABELS = [
  'alertname',
  'fleet',
  'cluster',
  'component',
  'owner',
  'severity',
  'drift',
  'kind',
  'namespace',
  'name',
  'manager',
  'field',
] as const

/** What alerts are called: their `alertname`. */
export const ALERT_NAMES = [
  'LockstepDrift',
  'LockstepNamespaceDeleted',
  'LockstepFight',
  'LockstepRolloutHalted',
  'LockstepClusterUnreachable',
  'LockstepApplyFailed',
  'LockstepGitUnreachable',
  'LockstepSuspended',
  'LockstepDeletionsWait',
  'LockstepSyncBypassed',
  'LockstepTest',
] as const
/** One of {@link ALERT_NAMES}. */
export type AlertName = (typeof ALERT_NAMES)[number]

const CLUSTER_LABEL_PREFIX = 'cluster_label_'

/** The label of alerts that a label of a cluster becomes: `topology/region` is `cluster_label_topology_region`. */
export const toClusterLabel = (label: string): string => CLUSTER_LABEL_PREFIX + label.replace(/[^A-Za-z0-9_]/g, '_')

/** Does it carry a label of the cluster? */
export const isClusterLabel = (label: string): boolean => label.startsWith(CLUSTER_LABEL_PREFIX)
