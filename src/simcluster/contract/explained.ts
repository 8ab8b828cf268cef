import type { Json } from '../../kube/object.ts'
import { diffJson } from './json.ts'
import type { RecordedAnswer } from './recorded-answer.ts'

/** A difference that is known, and listed with its reason in docs/guides/simulated-clusters.md. */
export type Explained = 'other words' | 'validated less' | 'warned less'

/** What no server may let through: it changes what others rely on. */
const IMMUTABLE = /immutable|Forbidden: (updates|may not be changed)|must be specified for an update/

/**
 * Why two answers to one write may part; nothing where this is a finding. Both refuse it, and find something else wrong
 * first; or the real server alone refuses it for a value, or warns of one. That the simulated one refuses alone is never
 * explained, nor any difference in what is stored.
 */
export const explainAway = (expected: RecordedAnswer, actual: RecordedAnswer): Explained | undefined => {
  const [real = 0, simulated = 0] = [expected.status, actual.status]
  if (isBad(expected) && simulated >= 400 && simulated < 500) return 'other words'
  if (real === 500 && simulated === 500) return 'other words'
  if (isRefused(expected) && simulated < 300 && !IMMUTABLE.test(toMessage(expected))) return 'validated less'
  const isWarned = expected.headers?.warning !== undefined
  return isWarned && diffJson(withoutWarning(expected), withoutWarning(actual)).length === 0 ? 'warned less' : undefined
}

/** Whether a server refused values, and so changed nothing. One of them it finds only where it gives ports away. */
export const isRefused = (answer: RecordedAnswer): boolean =>
  answer.status === 422 || answer.status === 400 || toMessage(answer).startsWith('duplicate nodePort')

/** A value that is wrong; where an apply has one that the type of the kind does not take, the server calls it its own fault. */
const isBad = (answer: RecordedAnswer): boolean =>
  isRefused(answer) ||
  (answer.status === 500 && /^failed to (convert new object|create typed patch object)/.test(toMessage(answer)))

const withoutWarning = ({ headers, ...answer }: RecordedAnswer): Json => {
  const { warning: _, ...rest } = headers ?? {}
  return { ...answer, headers: rest } as Json
}

/** What the real server says of a write. */
export const toMessage = ({ body }: RecordedAnswer): string => (body as { message?: string } | null)?.message ?? ''
