import type { SourcePosition } from '../base/errors.ts'

/** Something wrong in a fleet repository, with its place and a way out. Errors keep the fleet from being used, warnings do not. */
export type Problem = {
  /** Listed in docs/errors.md. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** Relative to the fleet's root. */
  readonly file: string
  /** From 1; absent where the file as a whole is meant. */
  readonly line?: number
  readonly column?: number
  /** The field, as a JSON Pointer into the document: `/spec/components/0/source`. */
  readonly path?: string
  /** What to do, or "did you mean …?". */
  readonly hint?: string
}

/** `file:line:column: message (hint)`, as compilers write it, so that editors and terminals can jump there. */
export const formatProblem = (problem: Problem): string =>
  `${formatPosition(problem)}: ${problem.message}${problem.hint === undefined ? '' : ` (${problem.hint})`}`

/** `file:line:column`, as far as known. */
export const formatPosition = (position: SourcePosition): string =>
  [position.file, position.line, position.column].filter((part) => part !== undefined).join(':')
