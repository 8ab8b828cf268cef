import { createBadRequest } from './failures.ts'

/** Does an object with these labels count? */
export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean

type Operator = '=' | '==' | '!=' | 'in' | 'notin' | '>' | '<' | 'exists' | '!'

/** The meaning of a label selector: `app=web,tier in (a, b),!canary`. 400 with the server's words where it has none. */
export const parseLabelSelector = (text: string): LabelMatcher | undefined => {
  const tokens = tokenize(text)
  if (tokens.length === 0) return undefined
  const matchers: LabelMatcher[] = []
  let at = 0
  const peek = (): string => tokens[at] ?? ''
  const take = (): string => tokens[at++] ?? ''

  for (;;) {
    const first = peek()
    if (first === '') break
    if (first !== '!' && isSymbol(first)) throw fail(`found '${first}', expected: !, identifier, or 'end of string'`)
    matchers.push(parseRequirement(peek, take))
    const next = take()
    if (next === '') break
    if (next !== ',') throw fail(`found '${next}', expected: ',' or 'end of string'`)
    const after = peek()
    if (after === '' || (after !== '!' && isSymbol(after)))
      throw fail(`found '${after}', expected: identifier after ','`)
  }
  return (labels) => matchers.every((matches) => matches(labels))
}

const SYMBOLS = /==|!=|[=!(),<>]/y
const WORD = /[^=!(),<>\s]+/y

const tokenize = (text: string): string[] => {
  const tokens: string[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] as string)) {
      at++
      continue
    }
    for (const pattern of [SYMBOLS, WORD]) {
      pattern.lastIndex = at
      const [token] = pattern.exec(text) ?? []
      if (token === undefined) continue
      tokens.push(token)
      at += token.length
      break
    }
  }
  return tokens
}

const isSymbol = (token: string): boolean => /^(?:==|!=|[=!(),<>])$/.test(token)

const parseRequirement = (peek: () => string, take: () => string): LabelMatcher => {
  const isNegated = peek() === '!'
  if (isNegated) take()
  const key = take()
  if (key === '' || isSymbol(key)) throw failRequirement(`found '${key}', expected: identifier`)
  assertLabelKey(key)
  if (peek() === '' || peek() === ',') return isNegated ? (labels) => !(key in labels) : (labels) => key in labels
  // The server forgets the `!` of `!a=b`.
  const operator = take() as Operator
  if (!OPERATORS.includes(operator))
    throw failRequirement(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`)
  const values = operator === 'in' || operator === 'notin' ? parseValues(peek, take) : new Set([parseValue(peek, take)])
  if (operator !== '<' && operator !== '>') for (const value of values) assertLabelValue(key, value)
  return toMatcher(key, operator, values)
}

const OPERATORS: readonly Operator[] = ['in', 'notin', '=', '==', '!=', '>', '<']

const toMatcher = (key: string, operator: Operator, values: ReadonlySet<string>): LabelMatcher => {
  const isIn: LabelMatcher = (labels) => key in labels && values.has(labels[key] as string)
  if (operator === 'notin' || operator === '!=') return (labels) => !isIn(labels)
  if (operator !== '<' && operator !== '>') return isIn
  const [text = ''] = values
  if (!/^[+-]?\d+$/.test(text)) {
    throw failRequirement(
      `values[0]: Invalid value: ${JSON.stringify(text)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    )
  }
  const bound = Number(text)
  const isBeyond = operator === '>' ? (value: number) => value > bound : (value: number) => value < bound
  return (labels) => /^[+-]?\d+$/.test(labels[key] ?? '') && isBeyond(Number(labels[key]))
}

const parseValue = (peek: () => string, take: () => string): string => {
  if (peek() === '' || peek() === ',') return ''
  const value = take()
  if (isSymbol(value)) throw failRequirement(`found '${value}', expected: identifier`)
  return value
}

const parseValues = (peek: () => string, take: () => string): ReadonlySet<string> => {
  const values = new Set<string>()
  const open = take()
  if (open !== '(') throw failRequirement(`found '${open}' expected: '('`)
  if (peek() !== ')' && peek() !== ',' && (peek() === '' || isSymbol(peek())))
    throw failRequirement(`found '${peek()}', expected: ',', ')' or identifier`)
  for (let value = ''; ; ) {
    const token = take()
    if (token === ')' || token === ',') {
      values.add(value)
      if (token === ')') return values
      value = ''
    } else if (token === '' || isSymbol(token)) throw failRequirement(`found '${token}', expected: ',', or identifier`)
    else if (peek() !== ',' && peek() !== ')') throw failRequirement(`found '${peek()}', expected: ',' or ')'`)
    else value = token
  }
}

const NAME = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const assertLabelKey = (key: string): void => {
  const [prefix, name] = key.includes('/') ? (key.split(/\/(.*)/s) as [string, string]) : [undefined, key]
  const wrong = [
    ...(prefix === undefined || PREFIX.test(prefix)
      ? []
      : [
          "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ]),
    ...(name.length > 63 ? ['name part must be no more than 63 bytes'] : []),
    ...(NAME.test(name) ? [] : [`name part ${NAME_RULE}`]),
  ]
  if (wrong.length > 0) throw failRequirement(`<nil>: Invalid value: ${JSON.stringify(key)}: ${wrong.join('; ')}`)
}

const assertLabelValue = (key: string, value: string): void => {
  if (value === '' || (NAME.test(value) && value.length <= 63)) return
  const wrong = [
    ...(value.length > 63 ? ['must be no more than 63 bytes'] : []),
    ...(NAME.test(value)
      ? []
      : [
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ]),
  ]
  throw failRequirement(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join('; ')}`)
}

const fail = (message: string): Error => createBadRequest(message)
const failRequirement = (message: string): Error => createBadRequest(`unable to parse requirement: ${message}`)
