import type { RecordedAnswer } from './recorded-answer.ts'

/** A difference that is known, and listed with its reason in docs/guides/simulated-clusters.md. */
export type Explained = 'other words' | 'validated less'

/** Both say that the request is bad. */
const BAD = new Set([400, 422])

/** What no server may let through: it changes what others rely on. */
const IMMUTABLE = /immutable|Forbidden: (updates|may not)|must be specified for an update/

/**
 * Why two answers to one write may part; nothing where this is a finding. Both refuse it, and say or find something else
 * first; or the real server alone refuses it for a value. That the simulated one refuses alone is never explained, nor
 * any difference in what is stored.
 */
export const explainAway = (expected: RecordedAnswer, actual: RecordedAnswer): Explained | undefined => {
  const [real = 0, simulated = 0] = [expected.status, actual.status]
  if (BAD.has(real) && BAD.has(simulated)) return 'other words'
  return real === 422 && simulated < 300 && !IMMUTABLE.test(toMessage(expected)) ? 'validated less' : undefined
}

/** What the real server says of a write. */
export const toMessage = ({ body }: RecordedAnswer): string => (body as { message?: string } | null)?.message ?? ''
