/** The known name that somebody who wrote `written` most likely meant; undefined where none is near. */
export const suggestName = (written: string, known: Iterable<string>): string | undefined => {
  const limit = Math.min(written.length - 1, Math.max(1, Math.floor(written.length / 3)))
  let best: { name: string; distance: number } | undefined
  for (const name of known) {
    if (Math.abs(name.length - written.length) > limit) continue
    const distance = computeDistance(written.toLowerCase(), name.toLowerCase())
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name, distance }
  }
  return best?.name
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
const computeDistance = (a: string, b: string): number => {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, before[column - 2]! + 1)
      current.push(cost)
    }
    before = previous
    previous = current
  }
  return previous[b.length]!
}
