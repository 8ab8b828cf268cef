import { createRandom } from '../random.ts'

/** Chance by a seed. */
export type Chance = {
  /** True in so many of a hundred. */
  readonly percent: (share: number) => boolean
  readonly pick: <Item>(items: readonly Item[]) => Item
  /** Some of the items, in another order now and then. */
  readonly some: <Item>(items: readonly Item[], least?: number) => Item[]
  /** From 0 up to and without `end`. */
  readonly below: (end: number) => number
}

/** The same for the same seed. */
export const createChance = (seed: string): Chance => {
  const random = createRandom(seed)
  const below = (end: number): number => Math.floor(random() * end)
  const percent = (share: number): boolean => random() * 100 < share
  return {
    percent,
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    some: (items, least = 0) => {
      const chosen = items.filter(() => percent(50))
      const enough = chosen.length >= least ? chosen : items.slice(0, least)
      return percent(20) ? enough.reverse() : enough
    },
  }
}
