import type { FastifyError } from 'fastify'
import { createApiError } from '../../api/errors.ts'
import { type Problem, STATUS, UNKNOWN_STATUS } from '../../api/problem.ts'
import { isLockstepError, type LockstepError } from '../../base/errors.ts'

/** Places at most that are told of a wrong request. */
const MAX_PLACES = 20

const TITLES: Readonly<Record<string, string>> = { INTERNAL_ERROR: 'The hub made a mistake' }

/** Any error as what a caller is told. Words of errors that are not meant for callers stay in the hub. Pure. */
export const toProblem = (error: unknown, requestId: string): Problem => {
  const known = toKnownError(error) ?? createApiError('INTERNAL_ERROR', `it is in the log of the hub as ${requestId}`)
  const { code, message, subject, hint, retry, details } = known
  return {
    type: `urn:lockstep:error:${code}`,
    title: TITLES[code] ?? toTitle(code),
    status: STATUS[code] ?? UNKNOWN_STATUS,
    detail: message,
    code,
    ...(subject === undefined ? {} : { subject }),
    ...(hint === undefined ? {} : { hint }),
    retry,
    ...(details.errors === undefined ? {} : { errors: details.errors as NonNullable<Problem['errors']> }),
  }
}

/** `STORE_BUSY` → `Store busy`. */
const toTitle = (code: string): string => {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const toKnownError = (error: unknown): LockstepError | undefined => {
  if (isLockstepError(error)) return STATUS[error.code] === undefined ? undefined : error
  const { validation, validationContext = '', statusCode = 500, code } = error as FastifyError
  if (validation) return toInvalid(validation, validationContext)
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return createApiError('REQUEST_TOO_LARGE', 'the body is too large')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return createApiError('MEDIA_TYPE_UNSUPPORTED', 'the body has to be application/json')
  return statusCode >= 400 && statusCode < 500 ? createApiError('REQUEST_INVALID', 'it cannot be read') : undefined
}

const toInvalid = (validation: NonNullable<FastifyError['validation']>, context: string): LockstepError => {
  const errors = validation.slice(0, MAX_PLACES).map(({ instancePath, message = 'is wrong', params }) => {
    const extra = (params as { additionalProperty?: string }).additionalProperty
    return {
      pointer: `/${context === 'querystring' ? 'query' : context}${instancePath}`,
      detail: extra === undefined ? message : `${message}: ${extra.slice(0, 50)}`,
    }
  })
  const [first] = errors
  return createApiError('REQUEST_INVALID', `${first?.pointer ?? 'the request'} ${first?.detail ?? 'is wrong'}`, {
    details: { errors },
  })
}
