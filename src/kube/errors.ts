import { type ErrorFields, LockstepError, type Retry } from '../base/errors.ts'

/** Every code of `src/kube`; cause and remedy stand in docs/errors.md. */
export type KubeErrorCode =
  | 'KUBECONFIG_INVALID'
  | 'KUBECONFIG_CONTEXT_NOT_FOUND'
  | 'KUBE_EXEC_NOT_ALLOWED'
  | 'KUBE_EXEC_FAILED'
  | 'KUBE_CREDENTIAL_EXPIRED'
  | 'KUBE_UNREACHABLE'
  | 'KUBE_TLS'
  | 'KUBE_TIMEOUT'
  | 'KUBE_UNAUTHORIZED'
  | 'KUBE_FORBIDDEN'
  | 'KUBE_NOT_FOUND'
  | 'KUBE_ALREADY_EXISTS'
  | 'KUBE_CONFLICT'
  | 'KUBE_GONE'
  | 'KUBE_INVALID'
  | 'KUBE_TOO_LARGE'
  | 'KUBE_THROTTLED'
  | 'KUBE_SERVER_ERROR'
  | 'KUBE_WEBHOOK'
  | 'KUBE_NAMESPACE_TERMINATING'
  | 'CEL_INVALID'
  | 'CEL_FAILED'

/** An error of this folder. */
export const createKubeError = (code: KubeErrorCode, message: string, fields: ErrorFields = {}): LockstepError =>
  new LockstepError(code, message, fields)

/** Which codes can succeed later without anybody changing anything. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set<KubeErrorCode>([
  'KUBE_UNREACHABLE',
  'KUBE_TIMEOUT',
  'KUBE_CONFLICT',
  'KUBE_GONE',
  'KUBE_THROTTLED',
  'KUBE_SERVER_ERROR',
  'KUBE_NAMESPACE_TERMINATING',
])

/** The retry class of a code. */
export const toRetry = (code: KubeErrorCode): Retry => (TRANSIENT_CODES.has(code) ? 'transient' : 'terminal')

/** Codes that say that a cluster could not be got at: where it is, how to get in, or no answer from there. */
export const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  'KUBECONFIG_CONTEXT_NOT_FOUND',
  'KUBECONFIG_INVALID',
  'KUBE_CREDENTIAL_EXPIRED',
  'KUBE_EXEC_FAILED',
  'KUBE_EXEC_NOT_ALLOWED',
  'KUBE_TIMEOUT',
  'KUBE_TLS',
  'KUBE_UNAUTHORIZED',
  'KUBE_UNREACHABLE',
])
