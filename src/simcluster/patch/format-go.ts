/** A value as Go's `%v` prints it: `map[a:1 b:[x y]]`. */
export const formatGo = (value: unknown): string => {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(formatGo).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const fields = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `map[${fields.map(([key, below]) => `${key}:${formatGo(below)}`).join(' ')}]`
}
