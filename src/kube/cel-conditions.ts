import { toError } from '../base/errors.ts'
import type { CelProgram } from './cel.ts'
import { createCelFailure } from './cel-failure.ts'
import { prepareCelVariables } from './cel-values.ts'
import { runTimed, TIMEOUT_MS } from './run-timed.ts'

/**
 * The first of some conditions that holds, by its index, or -1; one that fails does not hold, and is told. They are watched
 * together: to set up a watch takes longer than most conditions.
 */
export const findHolding = (
  conditions: readonly CelProgram[],
  variables: Readonly<Record<string, unknown>>,
  onFailure: (index: number, error: Error) => void,
): number => {
  const values = prepareCelVariables(variables)
  let at = 0
  const search = (): number => {
    for (; at < conditions.length; at++) {
      try {
        if (conditions[at]?.evaluate(values) === true) return at
      } catch (error) {
        onFailure(at, toError(error))
      }
    }
    return -1
  }
  if (!conditions.some(({ hasLoops }) => hasLoops)) return search()
  while (at < conditions.length) {
    try {
      return runTimed(search, TIMEOUT_MS) as number
    } catch (error) {
      onFailure(at, createCelFailure(conditions[at]?.expression ?? '', error))
      at++
    }
  }
  return -1
}
