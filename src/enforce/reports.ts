import type { ObjectOutcome } from '../apply/change-set.ts'
import type { ClusterReport, DriftReport, Finding, Pending } from '../drift/report.ts'
import type { ObjectRef } from '../kube/object.ts'
import { computeAccessChange } from '../rbac/access-change.ts'
import type { AccessChange } from '../rbac/access-fold.ts'
import type { ClusterDiff, ObjectChange } from './diff-cluster.ts'

/** What `lockstep drift` tells: the report, and after `--heal` what is no more. */
export type HealedReport = DriftReport & { readonly healed?: readonly Finding[] }

/** What a sync did to one cluster. */
export type SyncedCluster = ClusterReport & {
  readonly outcomes: readonly ObjectOutcome[]
  /** Components that could not be rendered, or that Git no longer assigns. */
  readonly pending: readonly Pending[]
  readonly hookErrors: readonly { readonly component: string; readonly error: Error }[]
  readonly confirmation?: {
    readonly digest: string
    readonly reasons: readonly string[]
    readonly deletions: readonly ObjectRef[]
  }
}

/** What `lockstep sync -o json` prints. */
export type SyncReport = {
  readonly fleet: string
  readonly revision: string
  readonly dryRun: boolean
  readonly interrupted: boolean
  readonly clusters: readonly SyncedCluster[]
  /** Where deletions wait: the command that confirms them. */
  readonly confirmWith?: string
}

/** What a sync would do to one cluster. */
export type ClusterChanges = ClusterReport & {
  readonly changes: readonly ObjectChange[]
  /** Components that cannot be rendered, and why. */
  readonly renderErrors: readonly { readonly component: string; readonly message: string }[]
  readonly confirmation?: { readonly digest: string; readonly reasons: readonly string[] }
}

/** What `lockstep diff` knows. */
export type DiffReport = {
  readonly fleet: string
  readonly revision: string
  readonly clusters: readonly ClusterChanges[]
  /** Who gains and loses which access with it. */
  readonly access: readonly AccessChange[]
}

/** A diff of a cluster as it is reported. Pure. */
export const toClusterChanges = (report: ClusterReport, { changes, result }: ClusterDiff): ClusterChanges => {
  const warnings = [...(report.warnings ?? []), ...result.warnings]
  const { confirmation } = result.plan
  return {
    ...report,
    ...(warnings.length > 0 ? { warnings } : {}),
    changes,
    renderErrors: result.pending
      .filter(({ reason }) => reason === 'renderFailed')
      .map(({ component, message = '' }) => ({ component, message })),
    ...(confirmation ? { confirmation: { digest: confirmation.digest, reasons: confirmation.reasons } } : {}),
  }
}

/** Who gains and loses what, over all clusters, so that the same gain on many is one sentence. Pure. */
export const toAccessChanges = (
  diffs: readonly { readonly cluster: string; readonly access?: ClusterDiff['access'] }[],
): AccessChange[] => {
  const planned = diffs.flatMap(({ cluster, access }) => (access ? [{ cluster, ...access }] : []))
  return computeAccessChange(
    planned.map(({ cluster, base }) => ({ cluster, objects: base })),
    planned.map(({ cluster, head }) => ({ cluster, objects: head })),
  )
}
