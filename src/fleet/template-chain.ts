import { mergeParameters } from './merge.ts'
import type { Documents, FleetDocument } from './model.ts'

/** What {@link resolveExtends} needs of a template's spec. */
type Extending = { readonly extends?: string; readonly parameters?: object }

/** The templates that a template consists of, the innermost first; or why there is no such chain. */
export type TemplateChain<Spec> =
  | { readonly type: 'chain'; readonly templates: readonly FleetDocument<Spec>[]; readonly parameters: object }
  /** `names` begins and ends with the same template. */
  | { readonly type: 'cycle'; readonly names: readonly string[] }
  /** `from` is the template that extends it; undefined for the first. */
  | { readonly type: 'unknown'; readonly name: string; readonly from?: FleetDocument<Spec> }

/** Follows `extends` from a template to the innermost one. */
export const resolveExtends = <Spec extends Extending>(
  templates: Documents<Spec>,
  name: string,
): TemplateChain<Spec> => {
  const chain: FleetDocument<Spec>[] = []
  for (let next: string | undefined = name; next !== undefined; next = chain[0]?.spec.extends) {
    const seen = chain.map((template) => template.name)
    if (seen.includes(next)) return { type: 'cycle', names: toCycle(seen.slice(0, seen.indexOf(next) + 1).reverse()) }
    const template = templates.get(next)
    if (template === undefined) return { type: 'unknown', name: next, ...(chain[0] ? { from: chain[0] } : {}) }
    chain.unshift(template)
  }
  const parameters = chain.reduce((inner, { spec }) => mergeParameters(inner, spec.parameters ?? {}), {})
  return { type: 'chain', templates: chain, parameters }
}

/** The same cycle is told in the same words wherever it is entered: from its first name in the alphabet on. */
export const toCycle = (names: readonly string[]): string[] => {
  const start = names.indexOf([...names].sort()[0]!)
  return [...names.slice(start), ...names.slice(0, start), names[start]!]
}
