/** A span of time as kubectl tells it: two units where one is rough, `5m30s`, `3h`, `42d`. */
export const formatSpan = (ms: number): string => {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return join(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return join(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (hours < 192) return join(Math.floor(hours / 24), 'd', hours % 24, 'h')
  const days = Math.floor(hours / 24)
  if (days < 730) return `${days}d`
  if (days < 8 * 365) return join(Math.floor(days / 365), 'y', days % 365, 'd')
  return `${Math.floor(days / 365)}y`
}

const join = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`

/** How long ago a time was. */
export const formatAge = (time: string | undefined, now: Date): string =>
  time === undefined ? '<unknown>' : formatSpan(now.getTime() - Date.parse(time))
