/** Places that are taken in turn. */
export type Slots = {
  readonly enter: () => Promise<() => void>
  readonly count: () => { readonly running: number; readonly waiting: number }
}

/** Lets `limit` be inside at a time; the others wait in order. Whoever enters gets what lets him leave, once. */
export const createSlots = (limit: number): Slots => {
  let free = limit
  const waiting: (() => void)[] = []
  return {
    count: () => ({ running: limit - free, waiting: waiting.length }),
    enter: async () => {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let isInside = true
      return () => {
        if (!isInside) return
        isInside = false
        const next = waiting.shift()
        if (next) next()
        else free++
      }
    },
  }
}
