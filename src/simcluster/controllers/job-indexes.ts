/** Numbers in order as `0-2,5`; two in a row are both named. */
export const formatIndexes = (indexes: readonly number[]): string => {
  const runs: [number, number][] = []
  for (const index of indexes) {
    const last = runs.at(-1)
    if (last && last[1] === index - 1) last[1] = index
    else runs.push([index, index])
  }
  return runs
    .map(([first, last]) =>
      first === last ? String(first) : last === first + 1 ? `${first},${last}` : `${first}-${last}`,
    )
    .join(',')
}

/** The numbers of such a text. */
export const parseIndexes = (text: string): readonly number[] =>
  text
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, at) => first + at)
    })

/** The first numbers that are not taken. */
export const chooseIndexes = (completions: number, taken: readonly number[], count: number): readonly number[] => {
  const isTaken = new Set(taken)
  return Array.from({ length: completions }, (_, index) => index)
    .filter((index) => !isTaken.has(index))
    .slice(0, count)
}
