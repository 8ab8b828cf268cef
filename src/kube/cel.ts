import { type ASTNode, Environment, type ObjectSchema, serialize } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import { createCelFailure, toFirstLine } from './cel-failure.ts'
import { fromCelValue, isPrepared, prepareCelVariables } from './cel-values.ts'
import { createKubeError } from './errors.ts'
import { isTimed, runTimed, TIMEOUT_MS } from './run-timed.ts'

/** A CEL expression that was understood. */
export type CelProgram = {
  readonly expression: string
  /** Its value for these variables; integers come back as numbers. Throws `CEL_FAILED`, also when it takes too long. */
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => unknown
  /** It can take long: evaluating it is watched. */
  readonly hasLoops: boolean
}

/** What a variable holds: with fields, a misspelt one is told when the expression is compiled. */
export type CelType = 'dyn' | 'string' | 'map<string, string>' | { readonly fields: Readonly<Record<string, CelType>> }

/** Options of {@link compileCel}. */
export type CelOptions = {
  /** The names that the expression may use, and what they hold: without types, anything. */
  readonly variables: readonly string[] | Readonly<Record<string, CelType>>
  /** The expression is a condition: one that is certain to give anything but true or false is refused. */
  readonly isCondition?: boolean
  /** How long one evaluation may take, 100 ms by default. */
  readonly timeoutMs?: number
}

const MAX_LENGTH = 10_000
const MAX_PATTERNS = 100
const LIMITS = { maxAstNodes: 5_000, maxDepth: 60 }
/** The macros that loop; nested ones can run as long as they like, so expressions with them are timed. */
const LOOPS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter', 'transformList', 'transformMap'])

/**
 * Compiles an expression, or throws `CEL_INVALID`, which names it, with `reason` and (from 0) `offset` in its details.
 * Regular expressions are RE2's: none takes for ever.
 */
export const compileCel = (expression: string, options: CelOptions): CelProgram => {
  const { run, hasLoops } = parseExpression(expression, options)
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  return {
    expression,
    hasLoops,
    evaluate: (variables) => {
      try {
        const values = isPrepared(variables) ? variables : prepareCelVariables(variables)
        return fromCelValue(hasLoops && !isTimed() ? runTimed(() => run(values), timeoutMs) : run(values))
      } catch (error) {
        throw createCelFailure(expression, error)
      }
    },
  }
}

const parseExpression = (expression: string, { variables, isCondition }: CelOptions) => {
  try {
    if (expression.length > MAX_LENGTH) throw new Error(`it is longer than ${MAX_LENGTH} characters`)
    const environment = createEnvironment(variables)
    const parsed = environment.parse(expression)
    const { valid, error, type } = parsed.check()
    if (!valid) throw error
    if (isCondition && type !== 'bool' && type !== 'dyn') throw new Error(`it gives a ${type}, not true or false`)
    const found = rewriteCalls(parsed.ast)
    // The evaluator's own `matches` is JavaScript's, which some patterns keep busy for hours.
    const run = found.hasMatches ? environment.parse(serialize(parsed.ast)) : parsed
    return { run, hasLoops: found.hasLoops }
  } catch (error) {
    throw createKubeError(
      'CEL_INVALID',
      `"${expression.slice(0, 200)}" is not a CEL expression: ${toFirstLine(error)}`,
      {
        subject: expression.slice(0, 200),
        cause: error,
        details: { reason: toFirstLine(error), ...toOffset(error) },
      },
    )
  }
}

const createEnvironment = (variables: CelOptions['variables']): Environment => {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  })
  const names = isList(variables)
    ? variables.map((name): [string, CelType] => [name, 'dyn'])
    : Object.entries(variables)
  for (const [name, type] of names) {
    if (typeof type === 'string') environment.registerVariable(name, type)
    else environment.registerVariable(name, { schema: type.fields as ObjectSchema })
  }
  const patterns = new Map<string, RE2JS>()
  environment.registerFunction('string.re2Matches(string): bool', (text: string, pattern: string) => {
    const compiled = patterns.get(pattern) ?? RE2JS.compile(pattern)
    // A pattern may be made of data, so that there is no end to them.
    if (patterns.size >= MAX_PATTERNS) patterns.clear()
    patterns.set(pattern, compiled)
    return compiled.matcher(text).find()
  })
  return environment
}

/** Renames `matches` in place, and tells what was met. */
const rewriteCalls = (node: ASTNode): { readonly hasMatches: boolean; readonly hasLoops: boolean } => {
  const found = { hasMatches: false, hasLoops: false }
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (isNode(value)) {
      if (value.op === 'rcall' || value.op === 'call') {
        const args = value.args as unknown[]
        if (LOOPS.has(args[0] as string)) found.hasLoops = true
        if (args[0] === 'matches') {
          found.hasMatches = true
          args[0] = 're2Matches'
        }
      }
      visit(value.args)
    }
  }
  visit(node)
  return found
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

const isList = (value: CelOptions['variables']): value is readonly string[] => Array.isArray(value)

const toOffset = (error: unknown): { readonly offset?: number } => {
  const start = (error as { readonly range?: { readonly start: number } }).range?.start
  return start === undefined ? {} : { offset: start }
}
