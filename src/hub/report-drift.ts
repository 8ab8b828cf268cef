import type { ClusterReport, DriftReport, Finding, Pending } from '../drift/report.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import type { StoredFinding } from '../store/findings.ts'
import type { RunnerState } from './cluster-runner.ts'

/** A cluster as a report of drift needs it. */
type KnownCluster = Pick<RunnerState, 'name' | 'state' | 'message' | 'applied'> & {
  readonly components: ResolvedCluster['components']
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

/** As a look at the cluster would tell it: without its history, but for when it was seen first. */
const toFinding = (stored: StoredFinding): Finding => {
  const { id: _i, lastSeen: _l, closed: _c, closedBy: _b, acknowledged: _a, ...finding } = stored
  return finding
}

/** The hub brings a revision to a whole cluster: until that is done, all of its components may be behind. Pure. */
export const listPending = (
  { name, state, message, applied, components }: KnownCluster,
  revision: string,
): Pending[] => {
  if (applied === revision || state === 'failed' || state === 'unreachable') return []
  const why = message ?? (state === 'syncing' ? 'it is being applied' : 'its turn in the rollout has not come')
  return components.map((component) => ({ cluster: name, component: component.name, reason: 'gitAhead', message: why }))
}
