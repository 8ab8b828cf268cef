import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Codes of alerts; docs/errors.md lists them. */
export type AlertErrorCode = 'ALERT_SECRET_MISSING'

/** An error of alerts. */
export const createAlertError = (code: AlertErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)
