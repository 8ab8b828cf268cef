const CONTROL = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu
const PLAIN = /^[\u0020-\u007e]*$/
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
// Loading the rules takes longer than a whole report: only texts that are not ASCII need them.
let segmenter: Intl.Segmenter | undefined

/** The text on one line: what others wrote must not move the cursor or reverse the line. */
export const toPrintable = (text: string): string =>
  text.replace(CONTROL, (found) =>
    found === '\n' ? '\\n' : found === '\t' ? '\\t' : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** How many columns of a terminal the text takes: East Asian characters and emoji take two. */
export const measureWidth = (text: string): number =>
  PLAIN.test(text) ? text.length : splitCharacters(text).reduce((sum, character) => sum + widthOf(character), 0)

/** The text in at most `width` columns: the middle goes, as the end of a name or image often tells most. */
export const cutMiddle = (text: string, width: number): string => {
  if (measureWidth(text) <= width) return text
  if (width <= 1) return width < 1 ? '' : '…'
  const characters = splitCharacters(text)
  const head = takeColumns(characters, Math.ceil((width - 1) / 2))
  const tail = takeColumns(characters.toReversed(), width - 1 - measureWidth(head.join('')))
  return `${head.join('')}…${tail.reverse().join('')}`
}

/** The text in lines of at most `width` columns, broken between words where there are any. */
export const wrapText = (text: string, width: number): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const joined = last === undefined ? word : `${last} ${word}`
    if (last !== undefined && measureWidth(joined) > width) lines.push(cutMiddle(word, width))
    else lines.splice(-1, 1, cutMiddle(joined, width))
  }
  return lines
}

/** The text in lines of at most `width` columns, with nothing lost: broken at the last space or after the last separator, else anywhere. */
export const breakText = (text: string, width: number): string[] => {
  if (measureWidth(text) <= width) return [text]
  const characters = splitCharacters(text)
  const fitting = Math.max(1, takeColumns(characters, width).length)
  const isSpaceNext = characters[fitting] === ' '
  const at = characters.slice(0, fitting).findLastIndex((character) => /[ ,:/.-]/.test(character)) + 1
  const taken = isSpaceNext || at === 0 ? fitting : at
  const [line, rest] = [characters.slice(0, taken).join('').trimEnd(), characters.slice(taken).join('').trimStart()]
  return rest === '' ? [line] : [line, ...breakText(rest, width)]
}

/** The text filled with spaces. */
export const padText = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - measureWidth(text)))

/** The text on one line of Markdown, in a table too. */
export const escapeMarkdown = (text: string): string => toPrintable(text).replace(/[\\|<]/g, (found) => `\\${found}`)

/** A value of a manifest on one line. */
export const formatValue = (value: unknown): string => {
  if (value === undefined) return '(none)'
  if (typeof value !== 'string') return toPrintable(JSON.stringify(value))
  return /^$|^\s|\s$|^(true|false|null|[-+.\d][\d.eE+-]*)$/.test(value) ? JSON.stringify(value) : toPrintable(value)
}

/** `3m ago`. */
export const formatAge = (time: string, now: Date): string => {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 1_000))
  if (Number.isNaN(seconds)) return time
  if (seconds < 60) return `${seconds}s ago`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ago`
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h ago` : `${Math.floor(seconds / 86_400)}d ago`
}

/** `1 object`, `14 objects`. */
export const formatCount = (count: number, noun: string): string =>
  `${count} ${count === 1 ? noun : noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`

/** `a, b and 3 more`. */
export const formatSome = (names: readonly string[], limit: number): string =>
  names.length <= limit
    ? names.join(', ')
    : `${names.slice(0, limit - 1).join(', ')} and ${names.length - limit + 1} more`

const splitCharacters = (text: string): string[] => {
  if (PLAIN.test(text)) return [...text]
  segmenter ??= new Intl.Segmenter()
  return [...segmenter.segment(text)].map(({ segment }) => segment)
}

const widthOf = (character: string): number => {
  if (WIDE.test(character)) return 2
  return /^(?:\p{Mark}|\p{Cf})+$/u.test(character) ? 0 : 1
}

const takeColumns = (characters: readonly string[], width: number): string[] => {
  const taken: string[] = []
  let used = 0
  for (const character of characters) {
    used += widthOf(character)
    if (used > width) break
    taken.push(character)
  }
  return taken
}
