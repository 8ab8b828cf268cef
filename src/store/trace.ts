import type { AuditRecord } from '../audit/record.ts'
import { type ChangeSummary, type StoredChange, type StoredOutcome, summarizeChange } from './changes.ts'
import type { StoredRevision } from './revisions.ts'
import type { Store } from './store.ts'

/** A commit with everything that was done with it, or one change with the commit that it belongs to. */
export type Trace = {
  /** Absent where the hub never saw it: it applied what it was given. */
  readonly commit?: StoredRevision
  /** The change that was asked for; all of the commit otherwise, oldest first. */
  readonly changes: readonly ChangeSummary[]
  /** What became of each object of the change that was asked for; what was planned where it has not ended. */
  readonly objects?: readonly StoredOutcome[]
  /** What the trail says of them, oldest first. */
  readonly records: readonly AuditRecord[]
}

/** A change has a number, a commit at least 7 digits. */
const CHANGE = /^\d{1,15}$/
const COMMIT = /^[0-9a-f]{7,64}$/

/** Can it be the number of a change, or a commit? */
export const isTraceable = (of: string): boolean => CHANGE.test(of) || COMMIT.test(of)

/** Between the moment a change has and the one its record has, at most. */
const SLACK_MS = 1_000

/** From a commit, or its first digits, to what was done with it; from the number of a change back to its commit. */
export const readTrace = async (store: Store, of: string): Promise<Trace | undefined> => {
  const change = CHANGE.test(of) ? await store.getChange(Number(of)) : undefined
  if (change) return traceChange(store, change)
  if (!COMMIT.test(of)) return undefined
  const [commit, other] = await store.listRevisions({ prefix: of, limit: 2 })
  return commit && !other ? traceCommit(store, commit) : undefined
}

const traceChange = async (store: Store, change: StoredChange): Promise<Trace> => {
  const { id, cluster, revision, started, ended } = change
  const commit = await store.getRevision(revision)
  const until = ended === undefined ? {} : { until: shift(ended, SLACK_MS) }
  const around = await store.listAudit({ cluster, since: shift(started, -SLACK_MS), ...until })
  const records = around.filter(({ type, data }) => type.startsWith('change.') && data.change === id)
  const objects = change.outcomes ?? change.planned
  return { ...(commit ? { commit } : {}), changes: [summarizeChange(change)], objects, records }
}

const traceCommit = async (store: Store, commit: StoredRevision): Promise<Trace> => {
  const changes = (await store.listChanges({ revision: commit.commit })).map(summarizeChange).toReversed()
  const since = shift(commit.time, -SLACK_MS)
  const told = await Promise.all(TYPES_OF_COMMIT.map((type) => store.listAudit({ since, type })))
  const records = told
    .flat()
    .filter(({ subject }) => subject === commit.commit)
    .toSorted((left, right) => left.seq - right.seq)
  return { commit, changes, records }
}

/** What is recorded about a commit itself; what was done to a cluster is told by its changes. */
const TYPES_OF_COMMIT = ['revision.seen', 'rollout.first', 'rollout.rest', 'rollout.halted', 'rollout.done']

const shift = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString()
