import type { Json } from '../../kube/object.ts'
import { diffJson, type JsonDifference } from './json.ts'
import type { RecordedAnswer } from './recorded-answer.ts'

/** In what an answer parts from the recorded one, for people; nothing where they are the same. */
export const explainDifference = (expected: RecordedAnswer, actual: RecordedAnswer): string | undefined => {
  const differences = diffJson(expected as Json, actual as Json)
  if (differences.length === 0) return undefined
  // Of a success and a failure every field differs.
  return expected.status === actual.status
    ? formatDifferences(differences)
    : formatDifferences(toOutcomes(expected, actual))
}

const toOutcomes = (expected: RecordedAnswer, actual: RecordedAnswer): readonly JsonDifference[] => [
  { path: 'status', expected: toOutcome(expected), actual: toOutcome(actual) },
]

const toOutcome = ({ status, body }: RecordedAnswer): string => {
  const { kind, message } = (body ?? {}) as { kind?: string; message?: string }
  return `${status} ${message ?? kind ?? JSON.stringify(body)}`
}

const LINES = 40

const formatDifferences = (differences: readonly JsonDifference[]): string =>
  differences
    .slice(0, LINES)
    .map(({ path, expected, actual }) => `${path}\n    real:      ${cut(expected)}\n    this one:  ${cut(actual)}`)
    .concat(differences.length > LINES ? [`and ${differences.length - LINES} more`] : [])
    .join('\n')

const cut = (value: Json | undefined): string => {
  const text = value === undefined ? '(absent)' : JSON.stringify(value)
  return text.length > 600 ? `${text.slice(0, 600)}…` : text
}
