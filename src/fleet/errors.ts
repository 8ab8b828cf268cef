import { type ErrorFields, LockstepError } from '../base/errors.ts'

/** Every code of `src/fleet`, of problems and of errors; cause and remedy stand in docs/errors.md. */
export type FleetErrorCode =
  | 'FLEET_MISSING'
  | 'FLEET_INVALID'
  | 'DOCUMENT_INVALID'
  | 'API_VERSION_UNKNOWN'
  | 'KIND_UNKNOWN'
  | 'FIELD_UNKNOWN'
  | 'FIELD_MISSING'
  | 'FIELD_INVALID'
  | 'NAME_DUPLICATE'
  | 'REFERENCE_UNKNOWN'
  | 'EXTENDS_CYCLE'
  | 'DEPENDENCY_CYCLE'
  | 'COMPONENT_DUPLICATE'
  | 'COMPONENT_SOURCELESS'
  | 'PROVIDER_MISSING'
  | 'PARAMETERS_INVALID'
  | 'ARGUMENT_MISSING'
  | 'ARGUMENT_UNKNOWN'
  | 'ARGUMENT_INVALID'
  | 'VARIABLE_UNKNOWN'
  | 'VARIABLE_INVALID'
  | 'SOURCE_MISSING'
  | 'SOURCE_OUTSIDE'
  | 'SOURCE_HOLDS_DOCUMENT'
  | 'TEMPLATE_VERSION_UNREADABLE'
  | 'PLACEMENT_EMPTY'
  | 'CLUSTER_UNKNOWN'
  | 'SELECTOR_INVALID'
  | 'MATCHER_INVALID'
  | 'ALERT_POLICY_EMPTY'
  | 'RECEIVER_UNUSED'

/** An error of this folder. */
export const createFleetError = (code: FleetErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)
