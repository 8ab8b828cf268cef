import { formatTime } from '../rest/scope.ts'
import { isTrue } from './conditions.ts'
import type { Condition } from './shapes.ts'

/** How far a Job has come. */
export type JobEnd = {
  readonly isComplete: boolean
  readonly reason: 'BackoffLimitExceeded' | 'DeadlineExceeded' | undefined
  readonly isOver: boolean
  readonly suspend: boolean
  readonly now: Date
}

const MESSAGES = {
  BackoffLimitExceeded: 'Job has reached the specified backoff limit',
  DeadlineExceeded: 'Job was active longer than specified deadline',
}

/** The conditions of a Job that has not ended before. Pure. */
export const computeJobConditions = (
  before: readonly Condition[],
  { isComplete, reason, isOver, suspend, now }: JobEnd,
): readonly Condition[] => {
  const time = formatTime(now)
  const toCondition = (type: string, state: string, why: string, message: string): Condition => ({
    type,
    status: state,
    lastProbeTime: time,
    lastTransitionTime: time,
    reason: why,
    message,
  })
  if (isComplete) {
    const message = 'Reached expected number of succeeded pods'
    return [
      ...before,
      toCondition('SuccessCriteriaMet', 'True', 'CompletionsReached', message),
      toCondition('Complete', 'True', 'CompletionsReached', message),
    ]
  }
  if (reason) {
    const isTold = isTrue(before, 'FailureTarget')
    return [
      ...before,
      ...(isTold ? [] : [toCondition('FailureTarget', 'True', reason, MESSAGES[reason])]),
      ...(isOver ? [toCondition('Failed', 'True', reason, MESSAGES[reason])] : []),
    ]
  }
  const isTold = isTrue(before, 'Suspended')
  if (suspend === isTold) return before
  const next = suspend
    ? toCondition('Suspended', 'True', 'JobSuspended', 'Job suspended')
    : toCondition('Suspended', 'False', 'JobResumed', 'Job resumed')
  return [...before.filter(({ type }) => type !== 'Suspended'), next]
}
