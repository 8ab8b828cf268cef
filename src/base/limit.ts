/**
 * Runs `task` over `items` with at most `limit` at a time, and gives the results in the order of the items.
 * The first rejection rejects the whole; tasks under way are not cancelled (pass them a signal).
 */
export const mapLimited = async <Item, Result>(
  items: readonly Item[],
  limit: number,
  task: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> => {
  const results = new Array<Result>(items.length)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      results[index] = await task(items[index] as Item, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return results
}
