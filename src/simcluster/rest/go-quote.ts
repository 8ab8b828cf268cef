const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

/** A text in quotes as Go's `%q` has it. */
export const quoteGo = (text: string): string => {
  let quoted = ''
  for (const character of text)
    quoted += ESCAPES[character] ?? (isPrintable(character) ? character : escapeGo(character))
  return `"${quoted}"`
}

/** As Go sees it: letters, marks, numbers, punctuation, symbols, and the space. */
export const isPrintable = (character: string): boolean =>
  character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)

const escapeGo = (character: string): string => {
  const code = character.codePointAt(0) as number
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}
