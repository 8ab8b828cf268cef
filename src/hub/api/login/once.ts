import type { Clock } from '../../../base/clock.ts'

/** Values that are taken once, and not for long. */
export type Once<Value> = {
  readonly put: (key: string, value: Value) => void
  /** The value, and never again. */
  readonly take: (key: string) => Value | undefined
}

const MAX_VALUES = 10_000

export const createOnce = <Value>(lifetimeMs: number, clock: Clock): Once<Value> => {
  const values = new Map<string, { readonly value: Value; readonly until: number }>()
  return {
    put: (key, value) => {
      values.set(key, { value, until: clock.now().getTime() + lifetimeMs })
      if (values.size > MAX_VALUES) values.delete(values.keys().next().value as string)
    },
    take: (key) => {
      const found = values.get(key)
      values.delete(key)
      return found && found.until > clock.now().getTime() ? found.value : undefined
    },
  }
}
