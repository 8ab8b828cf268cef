import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Every code of `src/hub`; cause and remedy stand in docs/errors.md. */
type HubErrorCode =
  | 'HUB_CONFIG_INVALID'
  | 'HUB_SETTING_UNREADABLE'
  | 'HUB_ADDRESS_UNUSABLE'
  | 'HUB_CLUSTER_UNKNOWN'
  | 'HUB_CLUSTER_WAITING'
  | 'HUB_CLUSTER_HELD'
  | 'HUB_DELETIONS_UNKNOWN'
  | 'HUB_FINDING_UNKNOWN'

/** An error of this folder. */
export const createHubError = (code: HubErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)
