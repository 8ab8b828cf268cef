import type { Condition } from './shapes.ts'

/** The condition of this type. */
export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type)

/** Whether the condition of this type is true. */
export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True'

/** The other conditions. */
export const withoutCondition = (conditions: readonly Condition[], type: string): readonly Condition[] =>
  conditions.filter((condition) => condition.type !== type)

/**
 * The conditions with this one, as most controllers set theirs: nothing changes while status and reason are the same,
 * the time of transition only with the status; the one set moves to the end.
 */
export const setCondition = (conditions: readonly Condition[], next: Condition): readonly Condition[] => {
  const before = findCondition(conditions, next.type)
  if (before && before.status === next.status && before.reason === next.reason) return conditions
  const kept = before?.status === next.status ? { lastTransitionTime: before.lastTransitionTime } : {}
  return [...withoutCondition(conditions, next.type), { ...next, ...kept }]
}

/**
 * The conditions with this one in its place, as newer controllers set theirs: the message counts, too, and the time of
 * transition moves with the status only.
 */
export const mergeCondition = (conditions: readonly Condition[], next: Condition): readonly Condition[] => {
  const at = conditions.findIndex(({ type }) => type === next.type)
  if (at < 0) return [...conditions, next]
  const before = conditions[at] as Condition
  const merged = before.status === next.status ? { ...next, lastTransitionTime: before.lastTransitionTime } : next
  return conditions.with(at, merged)
}
