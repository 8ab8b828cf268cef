import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Every code of `src/cli`, of problems and of errors; cause and remedy stand in docs/errors.md. */
export type CliErrorCode =
  | 'USAGE_INVALID'
  | 'FOLDER_NOT_EMPTY'
  | 'COMMAND_INTERRUPTED'
  | 'HUB_DATA_MISSING'
  | 'LOGIN_INCOMPLETE'
  | 'RENDER_EMPTY'
  | 'RENDER_WARNING'

/** An error of this folder. */
export const createCliError = (code: CliErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)
