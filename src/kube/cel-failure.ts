import { type LockstepError, toError } from '../base/errors.ts'
import { createKubeError } from './errors.ts'

/** Says that an expression could not be evaluated; `reason` in the details is what the evaluator calls it, or `too_slow`. */
export const createCelFailure = (expression: string, error: unknown): LockstepError =>
  createKubeError('CEL_FAILED', `expression "${expression}" failed: ${toFirstLine(error)}`, {
    subject: expression,
    cause: error,
    details: { reason: (error as { readonly code?: string }).code },
  })

/** What went wrong, without the excerpt of the expression that follows it. */
export const toFirstLine = (error: unknown): string => toError(error).message.split('\n')[0] as string
