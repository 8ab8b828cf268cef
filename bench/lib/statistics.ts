/** The middle of the values, the lower one where there are two. */
export const computeMedian = (values: readonly number[]): number => {
  const middle = values.toSorted((left, right) => left - right)[Math.ceil(values.length / 2) - 1]
  if (middle === undefined) throw new Error('there is no median of nothing')
  return middle
}

/**
 * Runs the sides in turn, A B A B …, so that whatever else the machine does falls on all of them; the first round only
 * warms up. Gives the values of each side.
 */
export const measureInTurn = async <Side extends string, Value>(
  sides: Readonly<Record<Side, (round: number) => Promise<Value>>>,
  rounds: number,
  { warmUp = true }: { readonly warmUp?: boolean } = {},
): Promise<Record<Side, Value[]>> => {
  const names = Object.keys(sides) as Side[]
  const values = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<Side, Value[]>
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const name of names) {
      const value = await sides[name](round)
      if (round >= 0) values[name].push(value)
    }
  }
  return values
}

/** `1.23 s`, `45 ms`. */
export const formatMillis = (millis: number): string =>
  millis >= 1_000 ? `${(millis / 1_000).toFixed(2)} s` : `${Math.round(millis)} ms`

/** `12.3×`. */
export const formatRatio = (ratio: number): string => `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)}×`
