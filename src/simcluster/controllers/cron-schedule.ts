/** When something is to happen: sets of minutes, hours, days, months, weekdays. */
export type CronSchedule = {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  /** A day fits if it is one of the month or of the week; where only one of them is stated, it alone counts. */
  readonly anyDay: boolean
  readonly anyWeekday: boolean
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** The meaning of a cron expression of five fields, or of a name as `@daily`; undefined for anything else. */
export const parseCron = (text: string): CronSchedule | undefined => {
  const fields = (MACROS[text.trim()] ?? text).trim().toLowerCase().split(/\s+/)
  if (fields.length !== 5) return undefined
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string]
  const sets = [
    parseField(minute, 0, 59),
    parseField(hour, 0, 23),
    parseField(day, 1, 31),
    parseField(month, 1, 12, MONTHS, 1),
    parseField(weekday, 0, 6, WEEKDAYS),
  ]
  if (sets.some((set) => set === undefined)) return undefined
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ]
  return { minutes, hours, days, months, weekdays, anyDay: /^[*?]/.test(day), anyWeekday: /^[*?]/.test(weekday) }
}

const parseField = (
  text: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  base = 0,
): Set<number> | undefined => {
  const toNumber = (part: string): number =>
    names.includes(part) ? names.indexOf(part) + base : /^\d+$/.test(part) ? Number(part) : Number.NaN
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [range = '', step = '1', ...rest] = part.split('/')
    const [from, to] = /^[*?]$/.test(range)
      ? [least, most]
      : range.includes('-')
        ? (range.split('-').map(toNumber) as [number, number])
        : [toNumber(range), part.includes('/') ? most : toNumber(range)]
    const by = Number(step)
    if (rest.length > 0 || !(by >= 1) || !(from >= least) || !(to <= most) || !(from <= to)) return undefined
    for (let value = from; value <= to; value += by) found.add(value)
  }
  return found
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The first time after `after` that a schedule names, in UTC; undefined where there is none in five years. */
export const computeNextTime = (schedule: CronSchedule, after: Date): Date | undefined => {
  let at = Math.floor(after.getTime() / MINUTE_MS) * MINUTE_MS + MINUTE_MS
  const last = at + 5 * 366 * DAY_MS
  while (at <= last) {
    const date = new Date(at)
    if (!fitsDay(schedule, date)) at = Math.floor(at / DAY_MS) * DAY_MS + DAY_MS
    else if (!schedule.hours.has(date.getUTCHours())) at = Math.floor(at / 3_600_000) * 3_600_000 + 3_600_000
    else if (!schedule.minutes.has(date.getUTCMinutes())) at += MINUTE_MS
    else return date
  }
  return undefined
}

const fitsDay = ({ months, days, weekdays, anyDay, anyWeekday }: CronSchedule, date: Date): boolean => {
  if (!months.has(date.getUTCMonth() + 1)) return false
  const [isDay, isWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())]
  return anyDay || anyWeekday ? isDay && isWeekday : isDay || isWeekday
}
