import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { toError } from '../base/errors.ts'
import type { JsonObject } from '../kube/object.ts'
import type { ProblemText } from './model.ts'
import type { Variables } from './resolved.ts'
import { substitute } from './substitute.ts'
import { toFieldProblems } from './validate.ts'

/** A parameters schema that can be used, or why it cannot. */
export type Parameters = { readonly check: ValidateFunction } | { readonly reason: string }

/** A problem of arguments; `pointer` is in the arguments. */
type ArgumentProblem = ProblemText & { readonly pointer: string; readonly at: 'key' | 'value' }

/**
 * Prepares a JSON Schema of parameters. Parameters that it does not list are refused unless it says
 * `additionalProperties`; a keyword that JSON Schema does not know is a mistake.
 */
export const compileParameters = (schema: object): Parameters => {
  const complete = { type: 'object', additionalProperties: false, ...schema }
  try {
    return { check: createCompiler({ meta: false, validateSchema: false }).compile(complete) }
  } catch {
    // Checking a schema against the metaschema takes 100 ms, so only one that does not compile is: it says best why.
    return explain(complete)
  }
}

const explain = (schema: object): Parameters => {
  try {
    return { check: createCompiler({}).compile(schema) }
  } catch (error) {
    return { reason: toError(error).message.replace(/^strict mode: /, '') }
  }
}

/** One a schema: two templates may use one `$id`, and what is compiled must be collectable. */
const createCompiler = (options: Options): Ajv =>
  new Ajv({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    useDefaults: true,
    validateFormats: false,
    logger: false,
    ...options,
  })

/** The values of all parameters: arguments, else defaults (in which `${cluster.…}` is replaced). */
export const computeArguments = (
  check: ValidateFunction,
  given: JsonObject,
  cluster: Variables['cluster'],
): { readonly values: JsonObject; readonly problems: readonly ArgumentProblem[] } => {
  const values = structuredClone(given) as Record<string, JsonObject[string]>
  const problems = check(values) ? [] : toFieldProblems(check.errors ?? [])
  for (const key of Object.keys(values)) {
    if (!Object.hasOwn(given, key)) values[key] = substitute(values[key], { parameters: {}, cluster }).value
  }
  return { values, problems: problems.map((problem) => ({ ...problem, code: CODES[problem.code] })) }
}

const CODES = {
  FIELD_UNKNOWN: 'ARGUMENT_UNKNOWN',
  FIELD_MISSING: 'ARGUMENT_MISSING',
  FIELD_INVALID: 'ARGUMENT_INVALID',
} as const
