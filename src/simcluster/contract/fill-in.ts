import type { Json } from '../../kube/object.ts'
import type { Loose } from './contract-case.ts'
import { isJsonObject } from './json.ts'

/** What `{…}` stands for in a case. */
export type Names = { readonly ns: string; readonly id: string; readonly answers: ReadonlyMap<string, Json> }

const REFERENCE = /\{(ns|id|[A-Za-z]\w*(?:\.[\w-]+)+)\}/g

/** A text of a case, its references replaced. */
export const fillText = (text: string, names: Names): string =>
  text.replace(REFERENCE, (whole, reference: string) => {
    const value = findValue(reference, names)
    if (value === undefined) return whole
    return typeof value === 'string' ? value : JSON.stringify(value)
  })

/** JSON of a case, references replaced in its texts and keys; a text that is one reference becomes its value. */
export const fillJson = (value: Json, names: Names): Json => {
  if (typeof value === 'string') {
    const [, reference] = /^\{([^{}]+)\}$/.exec(value) ?? []
    const found = reference === undefined ? undefined : findValue(reference, names)
    return found === undefined ? fillText(value, names) : found
  }
  if (Array.isArray(value)) return value.map((item) => fillJson(item, names))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, below]) => [fillText(key, names), fillJson(below as Json, names)]),
  )
}

/** Nothing where no step has that name: the braces are the text's own. */
const findValue = (reference: string, { ns, id, answers }: Names): Json | undefined => {
  if (reference === 'ns') return ns
  if (reference === 'id') return id
  const [step = '', ...path] = reference.split('.')
  if (!answers.has(step)) return undefined
  const value = path.reduce<Loose>((node, key) => node?.[key], answers.get(step))
  if (value === undefined) throw new Error(`The answer to step ${step} has no ${path.join('.')}`)
  return value
}
