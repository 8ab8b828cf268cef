import { checkTimes } from './check-times.ts'
import type { Report } from './model.ts'
import type { FleetSpec } from './schema/fleet.ts'

type WindowSpec = NonNullable<FleetSpec['freeze']>[number]

/** Tells times of a freeze that are not in the calendar, in the wrong order, or in a zone that nobody knows. */
export const checkFreeze = ({ from, until, weekly }: WindowSpec, pointer: string, report: Report): void => {
  checkTimes({ from, until }, pointer, report)
  const { timeZone } = weekly ?? {}
  if (timeZone === undefined || isTimeZone(timeZone)) return
  const hint = 'write it as the IANA database does: Europe/Berlin, America/New_York, UTC'
  report(`${pointer}/weekly/timeZone`, { code: 'FIELD_INVALID', message: `unknown time zone "${timeZone}"`, hint })
}

const isTimeZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
