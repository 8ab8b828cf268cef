import type { Selector } from '../../fleet/policy.ts'
import { parseLabelSelector } from '../../fleet/selector.ts'
import { parseSubject } from '../../kube/rbac-identity.ts'
import type { GrantSubject } from '../../rbac/edit-grants.ts'
import { createCliError } from '../errors.ts'
import { parseDurationOption } from '../options.ts'
import type { World } from '../world.ts'

/** A subject as grants write it, from what the user wrote. */
export const parseGrantSubject = (text: string): GrantSubject => {
  const subject = parseSubject(text)
  if (subject === undefined)
    throw createCliError('USAGE_INVALID', `"${text}" is nobody`, {
      hint: 'write user:alice, group:team-a or serviceaccount:NAMESPACE/NAME',
    })
  switch (subject.kind) {
    case 'Group':
      return { group: subject.name }
    case 'User':
      return { user: subject.name }
    case 'ServiceAccount':
      return { serviceAccount: `${subject.namespace}/${subject.name}` }
    default:
      return subject.kind satisfies never
  }
}

/** A selector from names or from labels; undefined where neither is given. */
export const toSelector = (names: readonly string[] | undefined, labels: string | undefined): Selector | undefined => {
  if (names?.length && labels !== undefined)
    throw createCliError('USAGE_INVALID', 'names and labels exclude each other', { hint: 'select by one of them' })
  if (names?.length) return { names }
  if (labels === undefined) return undefined
  const parsed = parseLabelSelector(labels)
  const expressions = 'matchExpressions' in parsed ? (parsed.matchExpressions ?? []) : []
  const isEqual = ({ operator, values = [] }: (typeof expressions)[number]): boolean =>
    operator === 'In' && values.length === 1
  const equal = expressions.filter(isEqual)
  const rest = expressions.filter((expression) => !isEqual(expression))
  return {
    ...(equal.length > 0
      ? { matchLabels: Object.fromEntries(equal.map(({ key, values = [] }) => [key, values[0] ?? ''])) }
      : {}),
    ...(rest.length > 0 ? { matchExpressions: rest } : {}),
  }
}

/** When access ends, from a time or from how long it lasts. */
export const toExpires = (
  { expires, for: duration }: { readonly expires?: string; readonly for?: string },
  { clock }: Pick<World, 'clock'>,
): string | undefined => {
  if (expires !== undefined && duration !== undefined)
    throw createCliError('USAGE_INVALID', '--expires and --for exclude each other', { hint: 'give one of them' })
  if (duration === undefined) return expires
  return formatTime(new Date(clock.now().getTime() + parseDurationOption(duration, '--for')))
}

/** A time as grants write it, to the second. */
export const formatTime = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z')

/** What was given, else what the user answers; an error where nobody can be asked. */
export const askFor = async (
  given: string | undefined,
  { question, option }: { readonly question: string; readonly option: string },
  { ask }: Pick<World, 'ask'>,
): Promise<string> => {
  const answer = given ?? (await ask?.(question))?.trim()
  if (answer) return answer
  throw createCliError('USAGE_INVALID', `${option} is missing`, { hint: `say it with ${option}` })
}

/** A name for documents and branches. */
export const toSlug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '')
