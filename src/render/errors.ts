import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Codes of this folder; docs/errors.md says what to do about each. */
export type RenderErrorCode =
  | 'RENDER_FAILED'
  | 'SOURCE_PATH_MISSING'
  | 'KUSTOMIZE_REMOTE_BASE'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_DUPLICATE'
  | 'ENGINE_MISSING'

/** An error of this folder. */
export const createRenderError = (code: RenderErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)
