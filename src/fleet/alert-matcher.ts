import { RE2JS } from 're2js'
import { toError } from '../base/errors.ts'
import { createFleetError } from './errors.ts'

/** A condition on one label of an alert. A label that an alert does not have counts as empty. */
export type Matcher = {
  readonly label: string
  readonly operator: '=' | '!=' | '=~' | '!~'
  readonly value: string
  /** Does it hold for this value of its label? */
  readonly matches: (value: string) => boolean
}

const SYNTAX = /^\s*(?<label>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?<operator>=~|!~|!=|=)\s*(?<value>.*?)\s*$/s
const MAX_LENGTH = 4_000

/**
 * The matchers of a text as Alertmanager reads it: `severity="critical"`, `owner=~"@net.*"`, several between commas, braces
 * around them or not. Regular expressions are RE2's, and match the whole value. Throws `MATCHER_INVALID`.
 */
export const parseMatchers = (text: string): readonly Matcher[] => {
  if (text.length > MAX_LENGTH) throw refuse(text, `it is longer than ${MAX_LENGTH} characters`)
  const pieces = splitAtCommas(/^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? text)
  const last = pieces.at(-1)
  // As in Alertmanager, a comma may end the list.
  return (last?.trim() === '' ? pieces.slice(0, -1) : pieces).map(parseMatcher)
}

/** Do all of them hold for these labels? */
export const matchesAll = (matchers: readonly Matcher[], labels: Readonly<Record<string, string>>): boolean =>
  matchers.every(({ label, matches }) => matches(Object.hasOwn(labels, label) ? (labels[label] as string) : ''))

/** A matcher as it is written, its value always in quotes. */
export const formatMatcher = ({ label, operator, value }: Matcher): string =>
  `${label}${operator}"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`

/** Commas in quotes do not count, and escaped quotes are none. */
const splitAtCommas = (text: string): string[] => {
  const pieces = ['']
  let isQuoted = false
  let isEscaped = false
  for (const character of text) {
    if (character === '"' && !isEscaped) isQuoted = !isQuoted
    isEscaped = character === '\\' && !isEscaped
    if (character === ',' && !isQuoted) pieces.push('')
    else pieces[pieces.length - 1] += character
  }
  return pieces
}

const parseMatcher = (text: string): Matcher => {
  const found = SYNTAX.exec(text)?.groups
  if (!found) throw refuse(text.trim(), 'it is not a label, =, !=, =~ or !~, and a value')
  const operator = found.operator as Matcher['operator']
  const value = readValue(found.value as string, text.trim())
  return { label: found.label as string, operator, value, matches: toTest(operator, value, text.trim()) }
}

const readValue = (written: string, text: string): string => {
  const isQuoted = /^"(?:\\.|[^"\\])*"$/s.test(written)
  const isClosed = isQuoted || !written.replace(/\\./gs, '').includes('"')
  if (!isClosed) throw refuse(text, 'its value has a quote that does not belong there: write \\" within a value')
  const inner = isQuoted ? written.slice(1, -1) : written
  // A backslash before anything else stands for itself.
  return inner.replace(/\\([n"\\])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

const toTest = (operator: Matcher['operator'], value: string, text: string): Matcher['matches'] => {
  switch (operator) {
    case '=':
      return (given) => given === value
    case '!=':
      return (given) => given !== value
    case '=~':
    case '!~': {
      const pattern = compilePattern(value, text)
      return (given) => pattern.matches(given) === (operator === '=~')
    }
    default:
      return operator satisfies never
  }
}

const compilePattern = (value: string, text: string): RE2JS => {
  try {
    return RE2JS.compile(value)
  } catch (error) {
    throw refuse(text, toError(error).message)
  }
}

const refuse = (text: string, reason: string) =>
  createFleetError('MATCHER_INVALID', `"${text.slice(0, 200)}" is not a matcher: ${reason}`, {
    subject: text.slice(0, 200),
    hint: 'write it like severity="critical", owner=~"@net.*", namespace!="dev"',
  })
