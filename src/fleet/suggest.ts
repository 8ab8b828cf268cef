/** "did you mean `x`?" for the candidate nearest to what was written, or undefined where none is near. */
export const suggest = (written: string, candidates: Iterable<string>): string | undefined => {
  const limit = Math.min(written.length - 1, Math.max(1, Math.floor(written.length / 3)))
  let best: { name: string; distance: number } | undefined
  for (const name of candidates) {
    if (Math.abs(name.length - written.length) > limit) continue
    const distance = computeDistance(written.toLowerCase(), name.toLowerCase())
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name, distance }
  }
  return best && `did you mean \`${best.name}\`?`
}

/** {@link suggest}, else what there is, as long as that is a short list. */
export const suggestOrList = (written: string, candidates: Iterable<string>, what: string): string | undefined => {
  const names = [...candidates]
  const suggestion = suggest(written, names)
  if (suggestion !== undefined) return suggestion
  if (names.length === 0) return `there is no ${what}`
  return names.length <= 12 ? `known: ${names.sort().join(', ')}` : undefined
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
