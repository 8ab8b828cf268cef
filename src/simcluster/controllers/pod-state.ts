import { findCondition, isTrue } from './conditions.ts'
import type { Pod } from './shapes.ts'

/** Ended, well or not. */
export const isFinished = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** Neither ended nor about to be. */
export const isActive = (pod: Pod): boolean => !isFinished(pod) && pod.metadata.deletionTimestamp === undefined

/** About to end: somebody waits for it. */
export const isTerminating = (pod: Pod): boolean => !isFinished(pod) && pod.metadata.deletionTimestamp !== undefined

/** Ready, as its condition says. */
export const isReady = ({ status }: Pod): boolean => isTrue(status?.conditions, 'Ready')

/** Ready for so many seconds. */
export const isAvailable = (pod: Pod, minReadySeconds: number, now: Date): boolean =>
  isReady(pod) && availableInMs(pod, minReadySeconds, now) <= 0

/** How long until a ready pod counts as available. */
export const availableInMs = ({ status }: Pod, minReadySeconds: number, now: Date): number => {
  if (minReadySeconds <= 0) return 0
  const since = findCondition(status?.conditions, 'Ready')?.lastTransitionTime
  return since === undefined ? 0 : Date.parse(since) + minReadySeconds * 1_000 - now.getTime()
}

/** The order in which surplus pods go: the least useful first, by name among equals. */
export const compareForDeletion = (left: Pod, right: Pod): number => {
  const [a, b] = [rankUse(left), rankUse(right)]
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] as number) - (b[at] as number)
    if (difference !== 0) return difference
  }
  return left.metadata.name < right.metadata.name ? -1 : 1
}

const PHASES: readonly string[] = ['Pending', 'Unknown', 'Running']

const rankUse = (pod: Pod): readonly number[] => {
  const since = findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASES.indexOf(pod.status?.phase ?? 'Pending'),
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0),
    // Who has been ready for longer is worth more, and who is older.
    since === undefined ? 0 : -Date.parse(since),
    -Date.parse(pod.metadata.creationTimestamp ?? ''),
  ]
}
