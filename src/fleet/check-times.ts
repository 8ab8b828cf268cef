import type { Report } from './model.ts'

/** A time that begins and ends at moments, or only one of them. */
export type Span = { readonly from?: string | undefined; readonly until?: string | undefined }

/** Tells moments that are not in the calendar, and an end before the beginning. */
export const checkTimes = ({ from, until }: Span, pointer: string, report: Report): void => {
  for (const [field, time] of Object.entries({ from, until })) {
    if (time === undefined || isInCalendar(time)) continue
    report(`${pointer}/${field}`, { code: 'FIELD_INVALID', message: `"${time}" is not in the calendar` })
  }
  if (from !== undefined && until !== undefined && Date.parse(from) >= Date.parse(until)) {
    report(`${pointer}/until`, { code: 'FIELD_INVALID', message: 'it ends before it begins' })
  }
}

/** `Date` takes 31 February for 3 March. */
const isInCalendar = (time: string): boolean => {
  const day = time.slice(0, 10)
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(Date.parse(time)) && !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}
