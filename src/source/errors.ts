import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Every code of `src/source`; cause and remedy stand in docs/errors.md. */
export type SourceErrorCode =
  | 'SOURCE_URL_REFUSED'
  | 'SOURCE_ADDRESS_REFUSED'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_UNAUTHORIZED'
  | 'SOURCE_CREDENTIALS_MISSING'
  | 'SOURCE_NOT_CACHED'
  | 'SOURCE_REPOSITORY_NOT_FOUND'
  | 'SOURCE_VERSION_NOT_FOUND'
  | 'SOURCE_PATH_NOT_FOUND'
  | 'SOURCE_CHART_NOT_FOUND'
  | 'SOURCE_INVALID'
  | 'SOURCE_TOO_LARGE'
  | 'SOURCE_CONTENT_REFUSED'
  | 'SOURCE_DIGEST_MISMATCH'
  | 'SOURCE_LOCKED'
  | 'GIT_FAILED'

/** An error of this folder. */
export const createSourceError = (code: SourceErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)
