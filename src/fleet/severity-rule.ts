import { isLockstepError } from '../base/errors.ts'
import { type CelProgram, type CelType, compileCel } from '../kube/cel.ts'
import type { Report } from './model.ts'
import { suggestOrList } from './suggest.ts'

const OBJECT = { group: 'string', kind: 'string', namespace: 'string', name: 'string' } as const
const CLUSTER = { name: 'string', labels: 'map<string, string>' } as const

/** What conditions on findings can speak of: everything is always there, as empty text or null where there is nothing. */
const VARIABLES = {
  object: { fields: OBJECT },
  field: 'string',
  drift: 'string',
  component: 'string',
  cluster: { fields: CLUSTER },
  live: 'dyn',
  git: 'dyn',
  manager: 'string',
} satisfies Readonly<Record<string, CelType>>

/** A finding as conditions see it. `live` and `git` are as they are told, those of Secrets masked. */
export type FindingVariables = {
  readonly object: Readonly<Record<keyof typeof OBJECT, string>>
  readonly cluster: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly live: unknown
  readonly git: unknown
} & Readonly<Record<'field' | 'drift' | 'component' | 'manager', string>>

/** The condition of a severity rule; undefined where it is not one (told). */
export const compileCondition = (expression: string, pointer: string, report: Report): CelProgram | undefined => {
  try {
    return compileCel(expression, { variables: VARIABLES, isCondition: true })
  } catch (error) {
    if (!isLockstepError(error, 'CEL_INVALID')) throw error
    const { reason, offset } = error.details as { readonly reason: string; readonly offset?: number }
    const at = offset === undefined ? '' : ` (at character ${offset + 1} of it)`
    report(pointer, {
      code: 'CEL_INVALID',
      message: `"when" is not a condition: ${lowerFirst(reason)}${at}`,
      hint: suggestWord(reason),
    })
    return undefined
  }
}

const suggestWord = (reason: string): string | undefined => {
  const [, what, word] = /^(Unknown variable|No such key): (\w+)/.exec(reason) ?? []
  if (word === undefined) return undefined
  const isVariable = what === 'Unknown variable'
  const known = isVariable ? Object.keys(VARIABLES) : Object.keys({ ...OBJECT, ...CLUSTER })
  return suggestOrList(word, known, isVariable ? 'variable' : 'field')
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
