import { toError } from '../../base/errors.ts'
import type { ClusterReport } from '../../drift/report.ts'
import { explainLeft, listHealed } from '../../enforce/heal-report.ts'
import {
  type DiffReport,
  type HealedReport,
  type SyncReport,
  toAccessChanges,
  toClusterChanges,
} from '../../enforce/reports.ts'
import { UNREACHABLE_CODES } from '../../kube/errors.ts'
import { keepDeferred } from '../../plan/deletion-guard.ts'
import type { Hub } from '../hub.ts'
import type { OperationResult } from '../operations.ts'

/** A fleet at a revision, as reports name it. */
type Head = { readonly fleet: string; readonly revision: string }
type By = { readonly actor: string }
/** What became of the work on one cluster. */
type Run<Result> = { readonly name: string } & ({ readonly result: Result } | { readonly error: Error })

/** Works on clusters side by side: one that fails keeps no other waiting. */
const runAll = async <Result>(
  names: readonly string[],
  work: (name: string) => Promise<Result>,
): Promise<Run<Result>[]> =>
  Promise.all(
    names.map(async (name) => {
      try {
        return { name, result: await work(name) }
      } catch (error) {
        return { name, error: toError(error) }
      }
    }),
  )

/** Syncs clusters, and reports it. */
export const syncAll = async (
  hub: Hub,
  head: Head,
  names: readonly string[],
  by: By & { readonly dryRun: boolean },
): Promise<SyncReport> => {
  const runs = await runAll(names, (name) => hub.operations.sync(name, by))
  return toSyncReport(head, runs, by.dryRun)
}

/** Carries out deletions that somebody confirmed, and reports it. */
export const confirmAll = async (hub: Hub, head: Head, digest: string, by: By): Promise<SyncReport> => {
  const results = await hub.operations.confirmDeletions(digest, by)
  return toSyncReport(
    head,
    results.map((result) => ({ name: result.cluster, result })),
    false,
  )
}

const toSyncReport = (head: Head, runs: readonly Run<OperationResult>[], dryRun: boolean): SyncReport => ({
  ...head,
  dryRun,
  interrupted: false,
  clusters: runs.map((run) => {
    if ('error' in run) return { ...toFailed(run), outcomes: [], pending: [], hookErrors: [] }
    const { outcomes, pending, confirmation } = run.result
    return { ...toDone(run.result), outcomes, pending, hookErrors: [], ...(confirmation ? { confirmation } : {}) }
  }),
})

/** Looks at clusters now. */
export const lookAll = async (
  hub: Hub,
  head: Head,
  names: readonly string[],
  options: { readonly deep: boolean },
): Promise<HealedReport> => {
  const runs = await runAll(names, (name) => hub.operations.look(name, options))
  return toHealedReport(
    head,
    runs.map((run) => ('error' in run ? run : { name: run.name, result: { after: run.result } })),
  )
}

/** Heals clusters, and looks at what is left. */
export const healAll = async (hub: Hub, head: Head, names: readonly string[], by: By): Promise<HealedReport> => {
  const components = new Map(hub.session()?.fleet.clusters.map((cluster) => [cluster.name, cluster.components]))
  const runs = await runAll(names, async (name) => {
    const before = await hub.operations.heal(name, by)
    const after = explainLeft(await hub.operations.look(name, {}), before, components.get(name) ?? [])
    return { before, after }
  })
  return toHealedReport(head, runs)
}

type Looked = { readonly before?: OperationResult; readonly after: OperationResult }

const toHealedReport = (head: Head, runs: readonly Run<Looked>[]): HealedReport => {
  const done = runs.flatMap((run) => ('error' in run ? [] : [run.result]))
  const isHeal = done.some(({ before }) => before !== undefined)
  return {
    ...head,
    clusters: runs.map((run) => ('error' in run ? toFailed(run) : toDone(run.result.after))),
    findings: done.flatMap(({ after }) => after.findings),
    pending: done.flatMap(({ after }) => after.pending),
    ...(isHeal ? { healed: done.flatMap(({ before, after }) => (before ? listHealed(before, after) : [])) } : {}),
  }
}

/** What a sync of clusters would do. */
export const diffAll = async (
  hub: Hub,
  head: Head,
  names: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<DiffReport> => {
  const runs = await runAll(names, async (name) => {
    const diff = await hub.operations.diff(name, options)
    return { ...diff, result: { ...diff.result, plan: keepDeferred(diff.result.plan) } }
  })
  return {
    ...head,
    access: toAccessChanges(runs.flatMap((run) => ('error' in run ? [] : [{ cluster: run.name, ...run.result }]))),
    clusters: runs.map((run) => {
      if ('error' in run) return { ...toFailed(run), changes: [], renderErrors: [] }
      const { requests, millis } = run.result.result
      return toClusterChanges({ name: run.name, reachable: true, requests, millis }, run.result)
    }),
  }
}

const toDone = ({ cluster, requests, millis, warnings, unread }: OperationResult): ClusterReport => ({
  name: cluster,
  reachable: true,
  requests,
  millis,
  ...(warnings.length > 0 ? { warnings } : {}),
  ...(unread.length > 0 ? { error: unread.join('; ') } : {}),
})

const toFailed = ({ name, error }: { readonly name: string; readonly error: Error }): ClusterReport => ({
  name,
  reachable: !UNREACHABLE_CODES.has((error as { readonly code?: string }).code ?? ''),
  error: error.message,
  requests: 0,
  millis: 0,
})
