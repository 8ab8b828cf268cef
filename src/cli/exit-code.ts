import { isLockstepError } from '../base/errors.ts'
import { UNREACHABLE_CODES } from '../kube/errors.ts'

/** What the shell is told. */
export const EXIT = {
  nothingToReport: 0,
  differences: 1,
  error: 2,
  unreachable: 3,
  interrupted: 130,
} as const

/** Codes that say that a hub could not be got at. */
const HUB_UNREACHABLE_CODES = ['HUB_UNREACHABLE', 'HUB_TLS', 'HUB_NOT_READY']

/** The codes that are not {@link EXIT.error}. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  COMMAND_INTERRUPTED: EXIT.interrupted,
  ...Object.fromEntries([...UNREACHABLE_CODES, ...HUB_UNREACHABLE_CODES].map((code) => [code, EXIT.unreachable])),
}

/** The exit code of an error. */
export const toExitCode = (error: unknown): number =>
  isLockstepError(error) ? (EXIT_CODES[error.code] ?? EXIT.error) : EXIT.error

/** Did it fail because the cluster could not be reached? */
export const isUnreachable = (error: unknown): boolean => toExitCode(error) === EXIT.unreachable

/** The exit code of a command that did several things: the worst wins. */
export const worstExitCode = (codes: readonly number[]): number => Math.max(EXIT.nothingToReport, ...codes)
