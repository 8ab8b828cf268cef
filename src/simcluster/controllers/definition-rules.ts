import type { KubeObject } from '../../kube/object.ts'
import type { DefinitionNames } from '../kinds/registry.ts'
import { formatTime } from '../rest/scope.ts'
import { findCondition, isTrue, mergeCondition } from './conditions.ts'
import type { Condition } from './shapes.ts'

/** A CustomResourceDefinition. */
export type Definition = KubeObject & {
  readonly spec: { readonly group: string; readonly names: DefinitionNames }
  readonly status?: { readonly conditions?: readonly Condition[]; readonly acceptedNames?: DefinitionNames }
}

const NO_NAMES: DefinitionNames = { plural: '', kind: '' }

/** The status of a definition beside others of its group: it gets the names that nobody has. Pure. */
export const computeDefinitionStatus = (definition: Definition, others: readonly Definition[], now: Date): object => {
  const { names } = definition.spec
  const { acceptedNames = NO_NAMES, conditions = [] } = definition.status ?? {}
  const taken = others.map(({ status }) => status?.acceptedNames ?? NO_NAMES)
  const resources = new Set(taken.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]))
  const kinds = new Set(taken.flatMap(({ kind, listKind }) => [kind, listKind]))
  const accepted: Record<string, unknown> = { ...acceptedNames }
  let conflict: { readonly reason: string; readonly message: string } | undefined

  const claim = (name: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string | undefined>): void => {
    const wanted = names[name]
    if (wanted === acceptedNames[name] || !used.has(wanted)) {
      if (wanted !== undefined) accepted[name] = wanted
    } else conflict = { reason: `${name[0]?.toUpperCase()}${name.slice(1)}Conflict`, message: tellUsed([wanted]) }
  }
  claim('plural', resources)
  claim('singular', resources)
  const { shortNames = [] } = names
  const used = shortNames.filter((name) => !acceptedNames.shortNames?.includes(name) && resources.has(name))
  if (used.length > 0) conflict = { reason: 'ShortNamesConflict', message: tellUsed(used) }
  else if (shortNames.length > 0) accepted.shortNames = shortNames
  else delete accepted.shortNames
  claim('kind', kinds)
  claim('listKind', kinds)
  if (names.categories) accepted.categories = names.categories
  else delete accepted.categories

  const create = (type: string, status: string, reason: string, message: string): Condition => ({
    type,
    status,
    lastTransitionTime: formatTime(now),
    reason,
    message,
  })
  const named = conflict
    ? create('NamesAccepted', 'False', conflict.reason, conflict.message)
    : create('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found')
  const established = isTrue(conditions, 'Established')
    ? (findCondition(conditions, 'Established') as Condition)
    : conflict
      ? create('Established', 'False', 'NotAccepted', 'not all names are accepted')
      : create('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted')
  return {
    ...definition.status,
    acceptedNames: accepted,
    conditions: mergeCondition(mergeCondition(conditions, named), established),
  }
}

const tellUsed = (names: readonly (string | undefined)[]): string => {
  const told = names.map((name) => `${JSON.stringify(name)} is already in use`)
  return told.length === 1 ? (told[0] as string) : `[${told.join(', ')}]`
}
