import type { ClusterReport, DriftReport, Finding, Pending } from '../drift/report.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { StoredFinding } from '../store/findings.ts'
import type { StoredComponent } from '../store/inventories.ts'
import type { RunnerState } from './cluster-runner.ts'

/** A cluster as a report of drift needs it. */
export type KnownCluster = Pick<RunnerState, 'name' | 'state' | 'message' | 'applied'> & {
  readonly components: ResolvedCluster['components']
  /** How its components were, where any may be behind. */
  readonly stored?: readonly StoredComponent[]
}

/** What a hub knows of its fleet as a report of drift, without asking any cluster. Pure. */
export const reportDrift = (known: {
  readonly fleet: string
  readonly revision: string
  readonly clusters: readonly KnownCluster[]
  readonly open: readonly StoredFinding[]
}): DriftReport => {
  const names = new Set(known.clusters.map(({ name }) => name))
  return {
    fleet: known.fleet,
    revision: known.revision,
    clusters: known.clusters.map(toClusterReport),
    findings: known.open
      .filter(({ cluster }) => names.has(cluster))
      .map(toFinding)
      .toReversed(),
    pending: known.clusters.flatMap((cluster) => listPending(cluster, known.revision)),
  }
}

/** How a cluster is, as reports tell it. Pure. */
export const toClusterReport = ({
  name,
  state,
  message,
}: Pick<KnownCluster, 'name' | 'state' | 'message'>): ClusterReport => {
  const report = { name, requests: 0, millis: 0 }
  if (state === 'unreachable') return { ...report, reachable: false, error: message ?? 'it does not answer' }
  // Of what was not looked at nothing is known: silence about it would be a lie.
  if (state === 'unknown') return { ...report, reachable: true, error: 'the hub has not looked at it yet' }
  return { ...report, reachable: true, ...(state === 'failed' ? { error: message ?? 'it failed' } : {}) }
}

/** As a look at the cluster would tell it, with its number, when it was seen first, and who knows of it. */
const toFinding = (stored: StoredFinding): Finding => {
  const { lastSeen: _l, closed: _c, closedBy: _b, acknowledged, note, ...finding } = stored
  const said = acknowledged && `acknowledged by ${acknowledged.by}: ${acknowledged.note}`
  const told = note ?? said
  return told === undefined ? finding : { ...finding, note: told }
}

/** May any component of it be behind Git? Pure. */
export const isBehind = ({ state, applied }: Pick<KnownCluster, 'state' | 'applied'>, revision: string): boolean =>
  state !== 'failed' && state !== 'unreachable' && (applied !== revision || state === 'pending')

/**
 * Components that are behind Git: until a revision is on a cluster all that were not looked at with it, then those that
 * something keeps back. Pure.
 */
export const listPending = (cluster: KnownCluster, revision: string): Pending[] => {
  const { name, state, message, applied, components, stored = [] } = cluster
  if (!isBehind(cluster, revision)) return []
  const byName = new Map(stored.map((component) => [component.name, component]))
  const why = message ?? (state === 'syncing' ? 'it is being applied' : 'its turn in the rollout has not come')
  return components.flatMap((component): Pending[] => {
    const known = byName.get(component.name)
    const isLookedAt = known?.revision === revision
    // What is suspended once it is on the cluster is not behind.
    const isHeld = known?.state === 'pending' || (known?.state === 'suspended' && applied !== revision)
    if (isLookedAt ? !isHeld : applied === revision) return []
    const told = (isLookedAt ? known.message : undefined) ?? why
    return [{ cluster: name, component: component.name, reason: 'gitAhead', message: told }]
  })
}
