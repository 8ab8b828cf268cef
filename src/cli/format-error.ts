import { isLockstepError, type SourcePosition, toError } from '../base/errors.ts'
import { toPrintable } from './report/text.ts'

const MAX_LINES = 20

/** An error for a person: what, where, what to do; the stack only where `debug`. */
export const formatError = (thrown: unknown, options: { readonly debug?: boolean } = {}): string => {
  const error = toError(thrown)
  const lines = error.message.split('\n').map((line) => line.trimEnd())
  const shown =
    lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more lines`] : lines
  const [first = '', ...rest] = shown.map(toPrintable)
  const isOurs = isLockstepError(error)
  const place = isOurs && error.position ? formatPlace(error.position, error.message) : []
  const hint = isOurs && error.hint ? [`  hint: ${toPrintable(error.hint)}`] : []
  const unknown = isOurs ? [] : ['  hint: this is a defect of Lockstep; LOCKSTEP_DEBUG=1 shows where it happened']
  return [
    `error: ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...place,
    ...hint,
    ...unknown,
    ...(isOurs ? [`  code: ${error.code}`] : []),
    ...(options.debug ? [error.stack ?? '', ...formatCause(error.cause)] : []),
    '',
  ].join('\n')
}

/** Where it stands, unless the message says it. */
const formatPlace = ({ file, line, column }: SourcePosition, message: string): string[] => {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return message.includes(place) ? [] : [`  at: ${toPrintable(place)}`]
}

const formatCause = (cause: unknown): string[] =>
  cause === undefined ? [] : [`caused by: ${toError(cause).stack ?? String(cause)}`]
