import { parseDuration } from '../base/duration.ts'
import { createCliError } from './errors.ts'

/** A time as people give it: so long ago (`30d`), a day or a time (ISO 8601; UTC where it says nothing). Gives ISO text. */
export const parseSince = (text: string, option: string, now: Date): string => {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const time = new Date(/[zZ]|[+-]\d{2}:?\d{2}$/.test(text.slice(10)) || text.length === 10 ? text : `${text}Z`)
    if (!Number.isNaN(time.getTime())) return time.toISOString()
  } else {
    try {
      return new Date(now.getTime() - parseDuration(text)).toISOString()
    } catch {
      // Told below, with everything that is allowed.
    }
  }
  throw createCliError('USAGE_INVALID', `${option}: "${text}" is neither a duration nor a time`, {
    hint: 'write it like 30d, 12h, 2026-11-01 or 2026-11-01T08:00:00Z',
  })
}
