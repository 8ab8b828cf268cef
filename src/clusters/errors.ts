import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Every code of `src/clusters`; cause and remedy stand in docs/errors.md. */
export type ClustersErrorCode = 'PROVIDER_UNSUPPORTED'

/** An error of this folder. */
export const createClustersError = (
  code: ClustersErrorCode,
  message: string,
  fields: ErrorFields = {},
): LockstepError => new LockstepError(code, message, fields)
