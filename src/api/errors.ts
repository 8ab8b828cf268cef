import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Every code of `src/api`; cause and remedy stand in docs/errors.md. */
export type ApiErrorCode =
  | 'REQUEST_INVALID'
  | 'REQUEST_TOO_LARGE'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'AUTHENTICATION_REQUIRED'
  | 'AUTHENTICATION_FAILED'
  | 'PERMISSION_DENIED'
  | 'LOGIN_FAILED'
  | 'IDENTITY_PROVIDER_UNUSABLE'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'ORIGIN_REFUSED'
  | 'METHOD_NOT_ALLOWED'
  | 'INTERNAL_ERROR'
  | 'HUB_NOT_READY'
  | 'HUB_UNREACHABLE'
  | 'HUB_TLS'
  | 'HUB_ANSWER_INVALID'

/** An error of this folder. */
export const createApiError = (code: ApiErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)

/** There is nothing of that name. */
export const createNotFound = (what: string, name: string): LockstepError =>
  createApiError('NOT_FOUND', `there is no ${what} ${name}`, { subject: name })
