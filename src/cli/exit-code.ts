import { isLockstepError } from '../base/errors.ts'

/** What the shell is told. */
export const EXIT = {
  nothingToReport: 0,
  differences: 1,
  error: 2,
  unreachable: 3,
  interrupted: 130,
} as const

/** The codes that are not {@link EXIT.error}. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  COMMAND_INTERRUPTED: EXIT.interrupted,
  KUBECONFIG_CONTEXT_NOT_FOUND: EXIT.unreachable,
  KUBECONFIG_INVALID: EXIT.unreachable,
  KUBE_CREDENTIAL_EXPIRED: EXIT.unreachable,
  KUBE_EXEC_FAILED: EXIT.unreachable,
  KUBE_EXEC_NOT_ALLOWED: EXIT.unreachable,
  KUBE_TIMEOUT: EXIT.unreachable,
  KUBE_TLS: EXIT.unreachable,
  KUBE_UNAUTHORIZED: EXIT.unreachable,
  KUBE_UNREACHABLE: EXIT.unreachable,
}

/** The exit code of an error. */
export const toExitCode = (error: unknown): number =>
  isLockstepError(error) ? (EXIT_CODES[error.code] ?? EXIT.error) : EXIT.error

/** Did it fail because the cluster could not be reached? */
export const isUnreachable = (error: unknown): boolean => toExitCode(error) === EXIT.unreachable

/** The exit code of a command that did several things: the worst wins. */
export const worstExitCode = (codes: readonly number[]): number => Math.max(EXIT.nothingToReport, ...codes)
