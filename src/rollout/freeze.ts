import { type FreezeWindow, WEEKDAYS } from '../fleet/resolved.ts'
import { matchesSelector, type Selectable } from '../fleet/selector.ts'

/** Does a window hold at a time? Pure. */
export const isHeld = (window: FreezeWindow, now: Date): boolean =>
  window.weekly ? isInWeek(window.weekly, now) : isBetween(window, now)

/** The first of windows that hold now which names a cluster. Pure. */
export const findFreeze = (held: readonly FreezeWindow[], cluster: Selectable): FreezeWindow | undefined =>
  held.find(({ clusters }) => clusters === undefined || matchesSelector(clusters, cluster))

const isBetween = ({ from, until }: FreezeWindow, now: Date): boolean =>
  (from === undefined || now >= new Date(from)) && (until === undefined || now < new Date(until))

const DAY_MINUTES = 24 * 60

const isInWeek = (
  { days, from = '00:00', until = '24:00', timeZone = 'UTC' }: NonNullable<FreezeWindow['weekly']>,
  now: Date,
): boolean => {
  const { day, minutes } = toLocal(now, timeZone)
  const [start, end] = [toMinutes(from), toMinutes(until)]
  const isDay = (index: number): boolean => days.includes(WEEKDAYS[(index + 7) % 7] as (typeof WEEKDAYS)[number])
  if (start < end) return isDay(day) && minutes >= start && minutes < end
  // Over midnight: begun today, or begun yesterday.
  return (isDay(day) && minutes >= start) || (isDay(day - 1) && minutes < end)
}

const toMinutes = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return Math.min(DAY_MINUTES, hours * 60 + minutes)
}

const toLocal = (now: Date, timeZone: string): { readonly day: number; readonly minutes: number } => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now)
  const get = (type: string): string => parts.find((part) => part.type === type)?.value ?? ''
  return {
    day: (WEEKDAYS as readonly string[]).indexOf(get('weekday')),
    minutes: Number(get('hour')) * 60 + Number(get('minute')),
  }
}
