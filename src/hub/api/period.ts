import { createApiError } from '../../api/errors.ts'

const DAY_MS = 86_400_000

/** A time as the store has them, which compares them as text: ISO 8601, UTC, to a millisecond. */
const toStoredTime = (text: string): string => {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw createApiError('REQUEST_INVALID', `${text} is no time`, { hint: 'write it like 2026-11-01T08:00:00Z' })
}

/** Since when and until when, as far as it is said. */
export const toPeriod = ({ since, until }: { readonly since?: string; readonly until?: string }) => ({
  ...(since === undefined ? {} : { since: toStoredTime(since) }),
  ...(until === undefined ? {} : { until: toStoredTime(until) }),
})

/** A whole period: where it does not say, the 30 days before now. */
export const toWholePeriod = (
  period: { readonly since?: string; readonly until?: string },
  now: Date,
): { readonly since: string; readonly until: string } => ({
  since: new Date(now.getTime() - 30 * DAY_MS).toISOString(),
  until: now.toISOString(),
  ...toPeriod(period),
})
