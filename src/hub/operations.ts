import type { ClusterDiff } from '../enforce/diff-cluster.ts'
import type { ReconcileResult } from '../enforce/reconcile-cluster.ts'
import type { ResolvedCluster } from '../fleet/resolved.ts'
import { matchDigest } from '../plan/deletion-guard.ts'
import type { Plan } from '../plan/plan.ts'
import type { StoredFinding } from '../store/findings.ts'
import type { Store } from '../store/store.ts'
import type { ClusterRunner, Order, RunnerState } from './cluster-runner.ts'
import { createHubError } from './errors.ts'
import type { Hold } from './hold-back.ts'
import type { Recorder } from './recorder.ts'

/** Deletions of one cluster that wait for somebody to confirm them. */
export type WaitingDeletions = { readonly cluster: string } & NonNullable<Plan['confirmation']>

/** What became of an order. */
export type OperationResult = Pick<
  ReconcileResult,
  'cluster' | 'findings' | 'pending' | 'outcomes' | 'warnings' | 'unread' | 'requests' | 'millis'
> & { readonly revision: string; readonly confirmation?: NonNullable<Plan['confirmation']> }

/** Who gives an order. */
type By = { readonly actor: string }

/**
 * What people ask of a hub. Each order is a pass of the cluster's own loop, in its turn: two writers never meet. What
 * writes is in the trail before it begins, with who asked for it.
 */
export type Operations = {
  /** Applies what Git says with the revision that the cluster was given, manual components too, and undoes all drift. */
  readonly sync: (cluster: string, by: By & { readonly dryRun?: boolean }) => Promise<OperationResult>
  /** Undoes the drift of components whose policy says heal, now. */
  readonly heal: (cluster: string, by: By) => Promise<OperationResult>
  /** Looks at the whole cluster now, and writes nothing. */
  readonly look: (cluster: string, options: { readonly deep?: boolean }) => Promise<OperationResult>
  /** What a sync would do, field by field. */
  readonly diff: (cluster: string, options: { readonly signal: AbortSignal }) => Promise<ClusterDiff>
  readonly listDeletions: () => readonly WaitingDeletions[]
  /** Carries out exactly the deletions of this digest: of one cluster, or of all that wait, where it is that of all. */
  readonly confirmDeletions: (digest: string, by: By) => Promise<readonly OperationResult[]>
  /** Somebody knows of a finding, and says so. */
  readonly acknowledge: (id: number, by: By & { readonly note: string }) => Promise<StoredFinding>
}

/** What operations work on. */
export type OperationsDeps = {
  readonly findRunner: (cluster: string) => ClusterRunner | undefined
  readonly listStates: () => readonly RunnerState[]
  /** The cluster as the newest revision has it. */
  readonly findCluster: (name: string) => ResolvedCluster | undefined
  readonly findHold: (cluster: ResolvedCluster, component: string) => Hold | undefined
  readonly append: Recorder['append']
  readonly store: Pick<Store, 'acknowledge'>
  readonly now: () => Date
}

/** Makes the {@link Operations} of a hub. */
export const createOperations = (deps: OperationsDeps): Operations => {
  const getRunner = (cluster: string): ClusterRunner => {
    const runner = deps.findRunner(cluster)
    if (runner) return runner
    throw createHubError('HUB_CLUSTER_UNKNOWN', `the hub knows no cluster ${cluster}`, {
      subject: cluster,
      hint: 'lockstep cluster list shows those that it knows',
    })
  }

  const carryOut = async (cluster: string, order: Order): Promise<OperationResult> =>
    toOperationResult(await getRunner(cluster).carryOut(order))

  const record = (operation: string, cluster: string, { actor }: By, data: object = {}): Promise<void> =>
    deps.append({
      type: 'operation.requested',
      actor,
      subject: cluster,
      cluster,
      ...toRevision(deps.findRunner(cluster)?.state()),
      data: { operation, ...data },
    })

  /** A sync applies whatever policies say: what is held back has to be let go first. */
  const assertNotHeld = (cluster: string): void => {
    const known = deps.findCluster(cluster)
    if (!known) return
    for (const { name } of known.components) {
      const hold = deps.findHold(known, name)
      if (!hold) continue
      throw createHubError('HUB_CLUSTER_HELD', `component ${name} of cluster ${cluster} is held back: ${hold.reason}`, {
        subject: cluster,
        hint: 'let it go first (lockstep resume), or wait until the time is over',
      })
    }
  }

  const listDeletions = (): WaitingDeletions[] =>
    deps.listStates().flatMap(({ name, confirmation }) => (confirmation ? [{ cluster: name, ...confirmation }] : []))

  return {
    sync: async (cluster, by) => {
      getRunner(cluster)
      const { dryRun = false } = by
      if (!dryRun) {
        assertNotHeld(cluster)
        await record('sync', cluster, by)
      }
      return carryOut(cluster, { mode: 'sync', ...(dryRun ? { dryRun } : {}) })
    },
    heal: async (cluster, by) => {
      getRunner(cluster)
      await record('heal', cluster, by)
      return carryOut(cluster, { mode: 'heal' })
    },
    look: (cluster, { deep }) => carryOut(cluster, { mode: 'heal', dryRun: true, ...(deep ? { deep } : {}) }),
    diff: async (cluster, options) => getRunner(cluster).diff(options),
    listDeletions,
    confirmDeletions: async (digest, by) => {
      const waiting = listDeletions()
      const confirmed = matchDigest(
        digest,
        waiting.map((one) => [one.cluster, one.digest]),
      )
      if (confirmed.length === 0) throw createUnknownDigest(digest, waiting)
      for (const [cluster, own] of confirmed) {
        const deletions = waiting.find((one) => one.cluster === cluster)?.deletions ?? []
        await record('confirmDeletions', cluster, by, { digest: own, deletions })
      }
      return Promise.all(
        confirmed.map(([cluster, own]) => carryOut(cluster, { mode: 'reconcile', confirmDeletions: own })),
      )
    },
    acknowledge: async (id, { actor, note }) => {
      const found = await deps.store.acknowledge(id, { note }, { actor, time: deps.now().toISOString() })
      if (found) return found
      throw createHubError('HUB_FINDING_UNKNOWN', `there is no open finding ${id}`, {
        subject: String(id),
        hint: 'lockstep drift -o json shows the ids of what is open',
      })
    },
  }
}

const toOperationResult = ({ plan, ...rest }: ReconcileResult): OperationResult => {
  const { cluster, findings, pending, outcomes, warnings, unread, requests, millis } = rest
  const { revision, confirmation } = plan
  const told = { cluster, revision, findings, pending, outcomes, warnings, unread, requests, millis }
  return { ...told, ...(confirmation ? { confirmation } : {}) }
}

const toRevision = (state: RunnerState | undefined): { readonly revision?: string } =>
  state?.target === undefined ? {} : { revision: state.target }

const createUnknownDigest = (digest: string, waiting: readonly WaitingDeletions[]): Error =>
  createHubError('HUB_DELETIONS_UNKNOWN', `no deletions with the digest ${digest} wait for a confirmation`, {
    subject: digest,
    hint:
      waiting.length === 0
        ? 'none do'
        : `they changed since, or were another cluster's; waiting is ${waiting.map((one) => `${one.digest} (${one.cluster})`).join(', ')}`,
  })
