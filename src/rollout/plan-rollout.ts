import type { Selector } from '../fleet/policy.ts'
import { matchesSelector } from '../fleet/selector.ts'

/** A cluster as a rollout sees it. */
export type RolloutCluster = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** The revision that it was given. */
  readonly target?: string
  /** The revision that was applied there and Current. */
  readonly applied?: string
  /** The revision that could not be applied there. */
  readonly failed?: string
  /** It does not answer: it takes no place of those at work, and gets the revision when it is back. */
  readonly isUnreachable?: boolean
}

/** Which clusters go first, and how many at a time. */
export type RolloutRule = { readonly first?: Selector; readonly maxConcurrent?: number | string }

/** What a rollout does next: clusters that get the revision now, and why the others do not yet. */
export type RolloutStep = {
  readonly start: readonly string[]
  /** `first`: waits for the clusters that go first; `halted`: it failed on some, and goes to no other one. */
  readonly phase: 'first' | 'rest' | 'halted' | 'done'
  readonly failed: readonly string[]
  readonly waiting: readonly string[]
}

/**
 * The next step of bringing a revision to clusters. Nothing is remembered: it follows from how the clusters are, so that
 * it goes on after a restart, and by itself once what failed was put right. Pure.
 */
export const planRollout = (revision: string, clusters: readonly RolloutCluster[], rule: RolloutRule): RolloutStep => {
  const isDone = ({ applied }: RolloutCluster): boolean => applied === revision
  const failed = clusters.filter((cluster) => cluster.failed === revision && !isDone(cluster)).map(({ name }) => name)
  const left = clusters.filter((cluster) => cluster.target !== revision)
  const { first } = rule
  const ahead = first ? clusters.filter((cluster) => matchesSelector(first, cluster)) : []
  const aheadLeft = ahead.filter((cluster) => !isDone(cluster))
  const waiting = (isFirst: boolean): string[] =>
    (isFirst ? aheadLeft : clusters.filter((cluster) => !isDone(cluster))).map(({ name }) => name)
  if (clusters.every(isDone)) return { start: [], phase: 'done', failed, waiting: [] }
  if (failed.length > 0) return { start: [], phase: 'halted', failed, waiting: left.map(({ name }) => name) }
  const isFirst = aheadLeft.length > 0
  const candidates = isFirst ? aheadLeft.filter((cluster) => cluster.target !== revision) : left
  const working = clusters.filter(
    (cluster) => cluster.target === revision && !isDone(cluster) && !cluster.isUnreachable,
  ).length
  const free = Math.max(0, toCount(rule.maxConcurrent, clusters.length) - working)
  return {
    start: candidates.slice(0, free).map(({ name }) => name),
    phase: isFirst ? 'first' : 'rest',
    failed,
    waiting: waiting(isFirst),
  }
}

/** All at once where the rule does not say; a percentage of all, at least one. */
const toCount = (maxConcurrent: number | string | undefined, total: number): number => {
  if (maxConcurrent === undefined) return total
  if (typeof maxConcurrent === 'number') return maxConcurrent
  return Math.max(1, Math.floor((Number.parseInt(maxConcurrent, 10) / 100) * total))
}
