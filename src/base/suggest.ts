/** The known name that somebody who wrote `wanted` most likely meant; undefined where none is close. */
export const suggestName = (wanted: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined
  let bestDistance = Math.ceil(wanted.length / 3) + 1
  for (const name of known) {
    const distance = computeDistance(wanted.toLowerCase(), name.toLowerCase(), bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best
}

/** Levenshtein distance, given up at `limit`. */
const computeDistance = (left: string, right: string, limit: number): number => {
  if (Math.abs(left.length - right.length) >= limit) return limit
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + change))
    }
    previous = current
  }
  return previous[right.length]!
}
