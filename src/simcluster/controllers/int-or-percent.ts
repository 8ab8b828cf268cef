import type { IntOrPercent } from './shapes.ts'

/** `2` or `25%` of a total, rounded as asked. */
export const resolveCount = (value: IntOrPercent | undefined, total: number, round: 'up' | 'down'): number => {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const [, percent] = /^(\d+)%$/.exec(value) ?? []
  if (percent === undefined) return Number.parseInt(value, 10) || 0
  const exact = (total * Number(percent)) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
