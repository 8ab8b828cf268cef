import { toPointer } from './pointer.ts'
import type { Variables } from './resolved.ts'
import { suggestOrList } from './suggest.ts'

/** A reference that cannot be replaced, at a place in the value. */
export type SubstitutionProblem = {
  readonly code: 'VARIABLE_UNKNOWN' | 'VARIABLE_INVALID'
  readonly message: string
  readonly pointer: string
  readonly hint?: string | undefined
}

/** A value with its references replaced, and those that could not be (they stand as they were). */
export type Substitution<Value> = { readonly value: Value; readonly problems: readonly SubstitutionProblem[] }

/**
 * Replaces `${parameters.x}`, `${cluster.name}` and `${cluster.labels.x}` in every text of a value (not in keys). Text
 * that is one reference takes the type of what it names; `$${` is a literal `${`.
 */
export const substitute = <Value>(value: Value, variables: Variables): Substitution<Value> => {
  const problems: SubstitutionProblem[] = []
  const visit = (part: unknown, path: readonly (string | number)[]): unknown => {
    if (typeof part === 'string') {
      return substituteText(part, variables, (problem) => problems.push({ ...problem, pointer: toPointer(...path) }))
    }
    if (Array.isArray(part)) return part.map((item, index) => visit(item, [...path, index]))
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, visit(item, [...path, key])]))
  }
  return { value: visit(value, []) as Value, problems }
}

/** The names in `${…}` of every text of a value, with their places. */
export const listReferences = (value: unknown): { readonly name: string; readonly pointer: string }[] => {
  if (typeof value === 'string') {
    return [...value.matchAll(REFERENCE)].flatMap(([, name]) =>
      name === undefined ? [] : [{ name: name.trim(), pointer: '' }],
    )
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    listReferences(item).map(({ name, pointer }) => ({ name, pointer: toPointer(key) + pointer })),
  )
}

const REFERENCE = /\$\$\{|\$\{([^{}]*)\}|\$\{/g

const substituteText = (
  text: string,
  variables: Variables,
  report: (problem: Omit<SubstitutionProblem, 'pointer'>) => void,
): unknown => {
  if (!text.includes('${')) return text
  const whole = /^\$\{([^{}]*)\}$/.exec(text)
  if (whole) {
    const found = lookUp(whole[1]!.trim(), variables, report)
    return found === undefined ? text : found
  }
  return text.replace(REFERENCE, (match, name: string | undefined) => {
    if (match === '$${') return '${'
    if (name === undefined) {
      report({ code: 'VARIABLE_INVALID', message: '"${" is not closed', hint: 'write $${ for a literal ${' })
      return match
    }
    const found = lookUp(name.trim(), variables, report)
    if (typeof found === 'object' && found !== null) {
      const message = `\${${name}} is a ${Array.isArray(found) ? 'list' : 'map'} inside of text`
      report({ code: 'VARIABLE_INVALID', message, hint: 'a map or list can only be the whole value' })
    }
    return found === undefined ? match : String(found)
  })
}

const lookUp = (
  name: string,
  variables: Variables,
  report: (problem: Omit<SubstitutionProblem, 'pointer'>) => void,
): unknown => {
  const found = findVariable(name, variables)
  if (found !== undefined) return found
  report({
    code: 'VARIABLE_UNKNOWN',
    message: `\${${name}} names nothing on cluster ${variables.cluster.name}`,
    hint: suggestOrList(name, listVariables(variables), 'variable') ?? 'write $${ for a literal ${',
  })
  return undefined
}

const findVariable = (name: string, { parameters, cluster }: Variables): unknown => {
  if (name === 'cluster.name') return cluster.name
  if (name.startsWith('cluster.labels.')) return readOwn(cluster.labels, name.slice('cluster.labels.'.length))
  return name.startsWith('parameters.') ? findIn(parameters, name.slice('parameters.'.length)) : undefined
}

/** A key as it stands, else the longest way down by its dots. */
const findIn = (value: unknown, path: string): unknown => {
  const whole = readOwn(value, path)
  if (whole !== undefined) return whole
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const inner = readOwn(value, path.slice(0, dot))
    if (inner !== undefined) return findIn(inner, path.slice(dot + 1))
  }
  return undefined
}

const readOwn = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined

const listVariables = ({ parameters, cluster }: Variables): string[] => [
  ...Object.keys(parameters).map((key) => `parameters.${key}`),
  'cluster.name',
  ...Object.keys(cluster.labels).map((key) => `cluster.labels.${key}`),
]
