import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Every code of `src/rbac`, of problems and of errors; cause and remedy stand in docs/errors.md. */
export type RbacErrorCode = 'RBAC_RISK' | 'RBAC_LOCKOUT' | 'RBAC_REQUEST_INVALID'

/** An error of this folder. */
export const createRbacError = (code: RbacErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)
