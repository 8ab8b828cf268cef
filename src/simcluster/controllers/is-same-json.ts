/** Equal as JSON, whatever the order of fields: undefined fields count as none. */
export const isSameJson = (left: unknown, right: unknown): boolean => {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, at) => isSameJson(item, right[at]))
    )
  }
  const [a, b] = [left as Record<string, unknown>, right as Record<string, unknown>]
  for (const key of Object.keys(a)) if (!isSameJson(a[key], b[key])) return false
  for (const key of Object.keys(b)) if (b[key] !== undefined && a[key] === undefined) return false
  return true
}
