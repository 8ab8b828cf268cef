import { type LabelRequirement, type LabelSelector, matchesLabelSelector } from '../kube/label-selector.ts'
import { createFleetError } from './errors.ts'
import type { Selector } from './policy.ts'
import { suggestOrList } from './suggest.ts'

/** What a selector looks at. */
export type Selectable = { readonly name: string; readonly labels: Readonly<Record<string, string>> }

/** Is it selected? `{}` selects everything. */
export const matchesSelector = (selector: Selector, { name, labels }: Selectable): boolean => {
  return 'names' in selector ? selector.names.includes(name) : matchesLabelSelector(selector, labels)
}

/** The conditions of a label selector for people to read: `env=prod`, `region In eu|us`. None: it selects everything. */
export const listSelectorTerms = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] => [
  ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
  ...matchExpressions.map(({ key, operator, values = [] }) => `${key} ${operator} ${values.join('|')}`.trim()),
]

/** Which clusters a command means; without names and selector: all. */
export type ClusterSelection = {
  /** Names, where `*` stands for any text. Each must match something. */
  readonly names?: readonly string[]
  /** A label selector as kubectl has it: `env=prod,region in (eu,us),!canary`. */
  readonly selector?: string
}

/** The clusters of a fleet that a command means, by name; an unknown name is an error (`CLUSTER_UNKNOWN`). */
export const selectClusters = (
  model: { readonly clusters: ReadonlyMap<string, Selectable> },
  { names = [], selector = '' }: ClusterSelection = {},
): string[] => {
  const clusters = [...model.clusters.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const labels = parseLabelSelector(selector)
  const patterns = names.map((written) => {
    const parts = written.split('*')
    if (!clusters.some(({ name }) => matchesParts(name, parts))) {
      const hint = suggestOrList(written, model.clusters.keys(), 'cluster in this fleet')
      throw createFleetError('CLUSTER_UNKNOWN', `cluster "${written}" is not in the fleet`, {
        subject: written,
        ...(hint === undefined ? {} : { hint }),
      })
    }
    return parts
  })
  return clusters
    .filter(({ name }) => patterns.length === 0 || patterns.some((parts) => matchesParts(name, parts)))
    .filter((cluster) => matchesSelector(labels, cluster))
    .map(({ name }) => name)
}

/** Is a name these parts with any text between them? In one go over the name, however many there are: a hub is asked by others. */
const matchesParts = (name: string, parts: readonly string[]): boolean => {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

/** A label selector in kubectl's words: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas. */
export const parseLabelSelector = (text: string): Selector => {
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim())
  if (terms.length === 1 && terms[0] === '') return {}
  return { matchExpressions: terms.map(parseTerm) }
}

const parseTerm = (term: string): LabelRequirement => {
  const match =
    /^(?:(?<missing>!)\s*)?(?<key>[A-Za-z0-9][-A-Za-z0-9_./]*)(?:\s*(?<equals>==?|!=)\s*(?<value>[-A-Za-z0-9_.]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?$/.exec(
      term,
    )?.groups
  if (match === undefined || (match.missing && (match.equals || match.set))) {
    throw createFleetError('SELECTOR_INVALID', `"${term}" is not a label selector`, {
      hint: 'write it like env=prod, env!=prod, "region in (eu,us)", canary or !canary, joined by commas',
    })
  }
  const key = match.key!
  if (match.equals) return { key, operator: match.equals === '!=' ? 'NotIn' : 'In', values: [match.value!] }
  if (match.set) {
    const values = match.values!.split(',').map((value) => value.trim())
    return { key, operator: match.set === 'in' ? 'In' : 'NotIn', values }
  }
  return { key, operator: match.missing ? 'DoesNotExist' : 'Exists' }
}
