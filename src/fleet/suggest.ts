import { suggestName } from '../base/suggest.ts'

/** "did you mean `x`?" for the candidate nearest to what was written, or undefined where none is near. */
export const suggest = (written: string, candidates: Iterable<string>): string | undefined => {
  const name = suggestName(written, candidates)
  return name === undefined ? undefined : `did you mean \`${name}\`?`
}

/** {@link suggest}, else what there is, as long as that is a short list. */
export const suggestOrList = (written: string, candidates: Iterable<string>, what: string): string | undefined => {
  const names = [...candidates]
  const suggestion = suggest(written, names)
  if (suggestion !== undefined) return suggestion
  if (names.length === 0) return `there is no ${what}`
  return names.length <= 12 ? `known: ${names.sort().join(', ')}` : undefined
}
