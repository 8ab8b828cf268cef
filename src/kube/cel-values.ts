// Making them takes longer than evaluating an expression, where an object is among them.
const prepared = new WeakSet<object>()

/** Variables as the evaluator takes them, made once where many expressions are evaluated for the same. */
export const prepareCelVariables = (
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(variables)) {
    let made: { readonly value: unknown } | undefined
    // Most expressions ask for few of them.
    Object.defineProperty(values, name, {
      enumerable: true,
      get: () => {
        made ??= { value: toCelValue(value) }
        return made.value
      },
    })
  }
  prepared.add(values)
  return values
}

/** Were they made by {@link prepareCelVariables}? */
export const isPrepared = (variables: Readonly<Record<string, unknown>>): boolean => prepared.has(variables)

/** CEL tells integers from doubles, JSON does not: what is whole counts as an integer, as in Kubernetes' schemas. */
const toCelValue = (value: unknown): unknown => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(toCelValue)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCelValue(item)]))
}

/** A value of the evaluator as JSON has it. */
export const fromCelValue = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(fromCelValue)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCelValue(item)]))
}
