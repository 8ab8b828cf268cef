import { toError } from '../base/errors.ts'
import { type CelProgram, compileCel } from './cel.ts'
import { type KubeObject, toGroup, toGroupKind } from './object.ts'
import type { ObjectStatus, StatusOptions, StatusResult } from './object-status.ts'
import { checkObserved, computeStatus } from './status.ts'

/** CEL conditions for the health of a kind; the live object is `object`. The first that holds decides: inProgress, failed, current. */
export type HealthRule = {
  readonly group: string
  readonly kind: string
  readonly current: string
  readonly inProgress?: string
  readonly failed?: string
}

/** The status of a live object. */
export type ComputeHealth = (object: KubeObject | undefined, options?: StatusOptions) => StatusResult

type Check = { readonly status: ObjectStatus; readonly program: CelProgram }

/** {@link computeStatus} with rules for kinds that it does not know, or not well enough. A bad expression is `CEL_INVALID`. */
export const compileHealthRules = (rules: readonly HealthRule[]): ComputeHealth => {
  const checksByKind = new Map(rules.map((rule) => [toGroupKind(rule), compileRule(rule)]))
  return (object, options = {}) => {
    const checks = object && checksByKind.get(toGroupKind({ group: toGroup(object.apiVersion), kind: object.kind }))
    return checks ? (checkObserved(object) ?? runChecks(checks, object)) : computeStatus(object, options)
  }
}

const compileRule = ({ inProgress, failed, current }: HealthRule): Check[] =>
  (
    [
      ['InProgress', inProgress],
      ['Failed', failed],
      ['Current', current],
    ] as const
  ).flatMap(([status, text]) =>
    text === undefined ? [] : [{ status, program: compileCel(text, { variables: ['object'] }) }],
  )

const runChecks = (checks: readonly Check[], object: KubeObject): StatusResult => {
  let failure: string | undefined
  for (const { status, program } of checks) {
    try {
      if (program.evaluate({ object }) === true) return { status, message: `${program.expression} holds` }
    } catch (error) {
      // A controller that has not written the status yet: what the rule looks for is not there, so it does not hold.
      failure ??= toError(error).message
    }
  }
  return { status: 'InProgress', message: failure ?? `${checks.at(-1)?.program.expression} does not hold yet` }
}
