/**
 * How many values a value holds once everything shared is written out, as aliases of YAML share: a few hundred bytes
 * can stand for more than any memory holds. Infinite where a value holds itself.
 */
export const computeExpandedSize = (value: unknown): number => measure(value, new Map())

const measure = (value: unknown, sizes: Map<object, number>): number => {
  if (typeof value !== 'object' || value === null) return 1
  const known = sizes.get(value)
  if (known !== undefined) return known
  sizes.set(value, Number.POSITIVE_INFINITY)
  let size = 1
  for (const item of Object.values(value)) size += measure(item, sizes)
  sizes.set(value, size)
  return size
}
